#!/bin/sh
# Makes the virtual environment from the lock, installs bubblewrap where that is possible, and says which isolation
# student code gets on this machine. Usage: PYTHON=python3 sh scripts/setup.sh .venv
set -eu
venv=$1
python=${PYTHON:-python3}
root=$(cd "$(dirname "$0")/.." && pwd)

command -v "$python" >/dev/null 2>&1 || {
    echo "There is no $python. Python 3.11 or newer is needed; name one: make setup PYTHON=python3.12" >&2
    exit 3
}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Python 3.11 or newer is needed; $("$python" --version) was found. Name another: make setup PYTHON=python3.12" >&2
    exit 3
}
"$python" -c 'import venv, ensurepip' 2>/dev/null || {
    echo "This Python has no venv module. On Debian: apt-get install python3-venv; or, without root, another Python: make setup PYTHON=…" >&2
    exit 3
}

if [ "$(uname)" = Linux ] && ! command -v bwrap >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing bubblewrap, which isolates student code."
        { apt-get install -y -qq bubblewrap || { apt-get update -qq && apt-get install -y -qq bubblewrap; }; } >/dev/null 2>&1 ||
            echo "bubblewrap could not be installed; student code gets a weaker isolation."
    else
        echo "bubblewrap is not installed and can't be installed from here; ask an administrator (Debian: apt-get install bubblewrap)."
    fi
fi

[ -x "$venv/bin/python" ] || { echo "Making the environment $venv with $("$python" --version)."; "$python" -m venv "$venv"; }
"$python" "$root/scripts/install.py" "$venv" "$root/requirements.txt" || exit 3
"$venv/bin/python" -c 'import torch, pandas, sklearn, nltk, hypothesis, msgpack' 2>/dev/null || {
    echo "The packages were installed, but can't be imported: $venv/bin/python -c 'import torch, pandas' says why." >&2
    exit 3
}
(cd "$root" && "$venv/bin/python" -m autograder tier)
touch "$venv/.ready"
