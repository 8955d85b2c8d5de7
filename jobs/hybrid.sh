#!/usr/bin/env bash
#SBATCH --job-name=distsnn
#SBATCH --nodes=4
# A rank for each socket (or each part of one with memory of its own), with a thread on each core.
#SBATCH --ntasks-per-node=2
#SBATCH --cpus-per-task=8
#SBATCH --hint=nomultithread
#SBATCH --mem=32G
#SBATCH --time=00:30:00

# The full-scale microcircuit with threads on each rank:  sbatch jobs/hybrid.sh
# Another model, with its options:                        sbatch jobs/hybrid.sh brunel --time 2000
set -euo pipefail

environment=${DISTSNN_ENVIRONMENT:-$HOME/distsnn-env}
if [ $# -eq 0 ]; then
    set -- microcircuit --set scale=1 --time 1500
fi

# Threads of numerical libraries would compete with those of the ranks.
export OMP_NUM_THREADS=1
# distsnn makes it for this user alone, or takes another if others can write it.
export NUMBA_CACHE_DIR=${NUMBA_CACHE_DIR-${TMPDIR:-/tmp}/distsnn-$SLURM_JOB_USER}

# A step does not take the number of cores over from its job.
srun --cpus-per-task="$SLURM_CPUS_PER_TASK" --cpu-bind=cores --distribution=block \
    --kill-on-bad-exit=1 "$environment/bin/distsnn" run "$@" \
    --threads "$SLURM_CPUS_PER_TASK" --record "spikes-${SLURM_JOB_ID}.h5"
