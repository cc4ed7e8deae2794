#!/bin/sh
# PrairieLearn's entrypoint: /grade/serverFilesCourse/autograder/grade.sh
source=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$source/../.." && pwd)
cd "$source" || exit 1
python=python3
[ ! -x .venv/bin/python ] || python=.venv/bin/python
PYTHONPATH="$source" PYTHONDONTWRITEBYTECODE=1 exec "$python" -s -P -m autograder.platforms.prairielearn "$root"
