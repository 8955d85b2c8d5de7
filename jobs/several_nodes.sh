#!/usr/bin/env bash
#SBATCH --job-name=distsnn
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=16
#SBATCH --cpus-per-task=1
#SBATCH --hint=nomultithread
#SBATCH --mem=32G
#SBATCH --time=00:30:00

# The full-scale microcircuit on several nodes:  sbatch jobs/several_nodes.sh
# Another model, with its options:               sbatch jobs/several_nodes.sh brunel --time 2000
# Many runs in one job, four ranks for each:
#   sbatch jobs/several_nodes.sh brunel --set seed=1..32 --ranks-per-run 4
set -euo pipefail

environment=${DISTSNN_ENVIRONMENT:-$HOME/distsnn-env}
if [ $# -eq 0 ]; then
    set -- microcircuit --set scale=1 --time 1500
fi

# Threads of numerical libraries would compete with the ranks.
export OMP_NUM_THREADS=1
# On a disk of each node: one rank of a node compiles, the others of this node load.
# distsnn makes it for this user alone, or takes another if others can write it.
export NUMBA_CACHE_DIR=${NUMBA_CACHE_DIR-${TMPDIR:-/tmp}/distsnn-$SLURM_JOB_USER}

# Neighboring ranks share a node. A rank that is killed ends the others, on all nodes.
srun --distribution=block --kill-on-bad-exit=1 \
    "$environment/bin/distsnn" run "$@" --record "spikes-${SLURM_JOB_ID}.h5"
