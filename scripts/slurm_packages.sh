#!/bin/sh
# Installs Debian's Slurm for `make test-cluster`, where that is possible; nothing of it is started here. Where it is not,
# the tests of Slurm are skipped, and say so.
set -eu
command -v munged >/dev/null && command -v slurmctld >/dev/null && command -v slurmd >/dev/null &&
    command -v sbatch >/dev/null && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "SLURM IS NOT INSTALLED AND CAN'T BE FROM HERE: its tests are skipped. It takes root on Debian or Ubuntu." >&2
    exit 0
fi
echo "Installing munge, slurmctld, slurmd and slurm-client."
install="apt-get install -y -qq --no-install-recommends munge slurmctld slurmd slurm-client"
export DEBIAN_FRONTEND=noninteractive
{ $install || { apt-get update -qq && $install; }; } >/dev/null 2>&1 ||
    echo "SLURM COULD NOT BE INSTALLED: its tests are skipped." >&2
