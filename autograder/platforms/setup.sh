#!/bin/sh
# Gradescope runs this once, as root, when it builds the container's image; any Debian or Ubuntu image will do.
set -eu
cd "$(dirname "$0")"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends bubblewrap libseccomp2
python=
for name in python3.14 python3.13 python3.12 python3.11; do
    if apt-get install -y -qq --no-install-recommends "$name" "$name-venv" >/dev/null 2>&1; then
        python=$name
        break
    fi
done
[ -n "$python" ] || {
    echo "This image offers no Python from 3.11 to 3.14: choose Ubuntu 24.04 as the autograder's base image." >&2
    exit 1
}
"$python" -m venv .venv
# The lock pins torch; this index has it without the CUDA libraries, which are of no use here.
.venv/bin/pip install -q --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu -r requirements.txt
chmod -R go+rX autograder .venv  # student code, another user's, reads parts of them; the entry closes the rest
PYTHONPATH=. .venv/bin/python -m autograder tier
