#!/bin/sh
# Gradescope starts a copy of this file at /autograder/run_autograder for every submission.
root=$(cd "$(dirname "$0")" && pwd)
cd "$root/source" || exit 1
PYTHONPATH="$root/source" PYTHONDONTWRITEBYTECODE=1 exec .venv/bin/python -s -P -m autograder.platforms.gradescope "$root"
