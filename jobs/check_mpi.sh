#!/usr/bin/env bash
#SBATCH --job-name=distsnn-mpi
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --mem=2G
#SBATCH --time=00:10:00

# Once per cluster: how srun and the MPI of distsnn's environment find each other.
#   sbatch --wait jobs/check_mpi.sh && cat slurm-*.out
# It says what to put into ~/.bashrc, or at the top of the other scripts.
set -euo pipefail

environment=${DISTSNN_ENVIRONMENT:-$HOME/distsnn-env}
ranks=$SLURM_NTASKS
code="import sys; from distsnn.exchange import current_world as world
world().barrier(); sys.exit(world().size != $ranks)"

kinds=$(srun --mpi=list 2>&1 | grep -ow -e pmix -e pmi2 -e cray_shasta | sort -u)
for option in "" $(printf -- "--mpi=%s " $kinds); do
    # shellcheck disable=SC2086 # none is no word at all
    if timeout 120 srun $option "$environment/bin/python" -c "$code" 2> /dev/null; then
        echo "srun works${option:+; put this line there: export SLURM_MPI_TYPE=${option#--mpi=}}"
        exit 0
    fi
done
# As distsnn run --ranks does: the one next to Python, else that of the modules.
mpirun=$(PATH=$environment/bin:$PATH command -v mpirun || true)
if timeout 120 "$mpirun" -n "$ranks" "$environment/bin/python" -c "$code"; then
    echo "srun does not work, but this does in the place of srun and its options: $mpirun"
    exit 0
fi
echo "neither srun nor mpirun starts ranks that find each other"
exit 1
