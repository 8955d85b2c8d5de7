#!/usr/bin/env bash
#SBATCH --job-name=distsnn
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=16
#SBATCH --cpus-per-task=1
#SBATCH --hint=nomultithread
#SBATCH --mem=32G
#SBATCH --time=00:30:00

# The full-scale microcircuit on one node:  sbatch jobs/single_node.sh
# Another model, with its options:          sbatch jobs/single_node.sh brunel --time 2000
set -euo pipefail

environment=${DISTSNN_ENVIRONMENT:-$HOME/distsnn-env}
if [ $# -eq 0 ]; then
    set -- microcircuit --set scale=1 --time 1500
fi

# Threads of numerical libraries would compete with the ranks.
export OMP_NUM_THREADS=1
# Shared file systems are slow at many small files, and ranks share what one has compiled.
# distsnn makes it for this user alone, or takes another if others can write it.
export NUMBA_CACHE_DIR=${NUMBA_CACHE_DIR-${TMPDIR:-/tmp}/distsnn-$SLURM_JOB_USER}

# A rank that fails before MPI has started must end the others too.
srun --kill-on-bad-exit=1 "$environment/bin/distsnn" run "$@" --record "spikes-${SLURM_JOB_ID}.h5"
