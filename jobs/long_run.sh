#!/usr/bin/env bash
#SBATCH --job-name=distsnn
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=16
#SBATCH --cpus-per-task=1
#SBATCH --hint=nomultithread
#SBATCH --mem=32G
#SBATCH --time=04:00:00
#SBATCH --requeue
# Each job adds to the log of the one before.
#SBATCH --open-mode=append
# Five minutes before the time is over, all ranks are asked to save.
#SBATCH --signal=USR1@300

# A run that is longer than the time limit; it goes on as often as it must. The model comes first:
#   sbatch jobs/long_run.sh model.py --time 600000
set -euo pipefail

environment=${DISTSNN_ENVIRONMENT:-$HOME/distsnn-env}
state=state-${SLURM_JOB_ID}.h5
to_be_continued=75
threads=${SLURM_CPUS_PER_TASK:-1}

export OMP_NUM_THREADS=1
# distsnn makes it for this user alone, or takes another if others can write it.
export NUMBA_CACHE_DIR=${NUMBA_CACHE_DIR-${TMPDIR:-/tmp}/distsnn-$SLURM_JOB_USER}

if [ -e "$state" ]; then
    set -- resume "$state" --model "$1"
else
    set -- run --every 10000 "$@" \
        --record "spikes-${SLURM_JOB_ID}.h5" --checkpoint "$state" --overwrite
fi

# When ranks leave with status 75 they all do, and none may be killed for it on the way.
status=0
srun --cpus-per-task="$threads" --kill-on-bad-exit=0 --wait=60 \
    "$environment/bin/distsnn" "$@" --threads "$threads" || status=$?
if [ "$status" -eq "$to_be_continued" ]; then
    scontrol requeue "$SLURM_JOB_ID"
fi
exit "$status"
