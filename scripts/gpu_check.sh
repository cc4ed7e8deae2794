#!/bin/sh
# Proves the GPU runner on a bare CUDA machine without network: Python 3.12, PyTorch of the machine, root or not.
# Usage: sh scripts/gpu_check.sh [--cpu] [BUNDLE [FOLDER]]
# BUNDLE: what `make gpu-bundle` made (dist/gpu). gpu.json goes into FOLDER, else into $OUT, else into results/gpu.
# --cpu: the same way on a machine without a GPU, with a little made-up data. PYTHON names another Python.
set -u
cd "$(dirname "$0")/.." || exit 3
for python in ${PYTHON:-} python3 python3.12 /opt/*/.venv/bin/python3 /opt/*/bin/python3; do
    "$python" -c 'import sys, torch; sys.exit(sys.version_info[:2] != (3, 12))' 2>/dev/null && exec "$python" -m scripts.gpu.check "$@"
done
echo "There is no Python 3.12 with PyTorch here; name one: PYTHON=/path/to/python3 sh scripts/gpu_check.sh" >&2
exit 3
