#!/usr/bin/env bash
#SBATCH --job-name=distsnn
#SBATCH --array=1-32
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=4
#SBATCH --cpus-per-task=1
#SBATCH --hint=nomultithread
#SBATCH --mem-per-cpu=2G
#SBATCH --time=00:30:00
#SBATCH --output=slurm-%A_%a.out

# One job for each seed, those of --array:
#   sbatch jobs/array.sh brunel --time 2000
# One job for each line of a file, which has options ("--set g=4.5 --set eta=2"):
#   DISTSNN_OPTIONS=options.txt sbatch --array=1-"$(wc -l < options.txt)" jobs/array.sh brunel
set -euo pipefail

environment=${DISTSNN_ENVIRONMENT:-$HOME/distsnn-env}
number=$SLURM_ARRAY_TASK_ID
if [ -n "${DISTSNN_OPTIONS:-}" ]; then
    line=$(sed -n "${number}p" "$DISTSNN_OPTIONS")
    if [ -z "$line" ]; then
        echo "$DISTSNN_OPTIONS has no line $number" >&2
        exit 1
    fi
    read -ra options <<< "$line"
else
    options=(--seed "$number")
fi

export OMP_NUM_THREADS=1
# distsnn makes it for this user alone, or takes another if others can write it.
export NUMBA_CACHE_DIR=${NUMBA_CACHE_DIR-${TMPDIR:-/tmp}/distsnn-$SLURM_JOB_USER}

srun --kill-on-bad-exit=1 "$environment/bin/distsnn" run "$@" "${options[@]}" \
    --record "spikes-${SLURM_ARRAY_JOB_ID}-${number}.h5"
