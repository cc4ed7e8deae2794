#!/usr/bin/env bash
# Grades $SUBMISSION, then tells GitHub: outputs, annotations, summary. What a hand-in makes the report say can't command
# the runner: while the report is printed no command is heard but one word that is drawn here, and that no student
# process can read; annotations escape what they quote. -P: the workspace's files are nothing that Python imports from.
set -uo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
python=$root/.venv/bin/python
out=${RUNNER_TEMP:?}/autograder-results
option() { if [ -n "$2" ]; then words+=("--$1" "$2"); fi; }

words=(grade --out "$out" --assignment "$ASSIGNMENT")
option rubric "${RUBRIC:-}"
option only "${ONLY:-}"
option data "${DATA:-}"
[ -n "${AUTOGRADER_SECRET:-}" ] || unset AUTOGRADER_SECRET

word=$("$python" -I -c 'import secrets; print(secrets.token_hex(32))') || exit 3
rm -rf "$out"
echo "::stop-commands::$word"
PYTHONPATH=$root "$python" -s -P -m autograder "${words[@]}" -- "$SUBMISSION" 2>&1
code=$?
printf '\n::%s::\n' "$word"

results=$(find "$out" -mindepth 2 -maxdepth 2 -name results.json -printf '%h\n' -quit 2>/dev/null)
echo "exit-code=$code" >>"$GITHUB_OUTPUT"
if [ -n "$results" ]; then
    score=$("$python" -I -c 'import json, sys; s = json.load(open(sys.argv[1]))["score"]; print("" if s is None else float(s))' \
        "$results/results.json")
    echo "score=$score" >>"$GITHUB_OUTPUT"
    PYTHONPATH=$root "$python" -s -P -m autograder.platforms.annotations --assignment "$ASSIGNMENT" -- "$results" "$SUBMISSION"
else
    echo "::error title=The grader failed::There are no results; the log of this step says why."
fi
exit "$code"
