#!/bin/sh
# The stages of an image, which Dockerfile and apptainer.def both run: sh install.sh system|packages|program SOURCE.
# As root, in an empty Debian 12. TORCH_INDEX: the index that torch is taken from; empty: where pip looks anyway.
set -eu
stage=$1 source=$2
home=/opt/autograder

case "$stage" in
system)
    apt-get update -q
    apt-get install -y -q --no-install-recommends bubblewrap ca-certificates libseccomp2 python3 python3-venv
    rm -rf /var/lib/apt/lists/*
    useradd --uid 1000 --create-home --shell /usr/sbin/nologin grader
    install -d -o grader -g grader /work
    ;;
packages) # the whole lock: keys of a gradebook name its packages, and so agree with those of a clone
    python3 -m venv "$home"
    if [ -n "${TORCH_INDEX:-}" ]; then
        torch=$(grep '^torch==' "$source/requirements.txt")
        "$home/bin/pip" install -q --no-cache-dir --no-deps --index-url "$TORCH_INDEX" "$torch"
    fi
    "$home/bin/pip" install -q --no-cache-dir -r "$source/requirements.txt"
    ;;
program)
    "$home/bin/pip" install -q --no-cache-dir --no-deps --no-build-isolation "$source"
    "$home/bin/autograder" --help >/dev/null
    ;;
*)
    echo "There is no stage $stage." >&2
    exit 2
    ;;
esac
