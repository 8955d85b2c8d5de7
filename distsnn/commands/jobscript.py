"""``distsnn jobscript``: a script for SLURM that asks for what a model needs."""

from __future__ import annotations

import math
import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from distsnn.commands.plan import (
    BandwidthOption,
    CalibrateOption,
    LatencyOption,
    ModelArgument,
    PlannedModel,
    RateOption,
    SetOption,
    ThreadsOption,
    TimeOption,
    WallOption,
    check_shape,
    chosen_link,
    own_cores,
    wall_seconds,
)
from distsnn.errors import FileError, ParameterError
from distsnn.examples import catalog
from distsnn.forecast.forecast import Forecast
from distsnn.layout.job_shape import JobShape

# What is asked for beyond what is planned, for what nobody has foreseen.
_MORE_MEMORY, _MORE_TIME = 1.25, 2.0
_LEAST_SECONDS, _WARNING = 600.0, 300
# Bytes on each node: its first rank may have to compile the program.
_COMPILING = 4e8
_CHECKPOINTS_PER_JOB = 8
_GB = 1e9

_SCRIPT = """\
#!/usr/bin/env bash
#SBATCH --job-name={name}
#SBATCH --nodes={nodes}
#SBATCH --ntasks-per-node={ranks_per_node}
#SBATCH --cpus-per-task={threads}
#SBATCH --hint=nomultithread
#SBATCH --mem={memory}G
#SBATCH --time={wall}
#SBATCH --requeue
# Each job adds to the log of the one before.
#SBATCH --open-mode=append
# So many seconds before the time is over, all ranks are asked to save.
#SBATCH --signal=USR1@{warning}

# {planned}
# Submit it with:  sbatch {submitted}
set -euo pipefail

environment=${{DISTSNN_ENVIRONMENT:-$HOME/distsnn-env}}
state={name}-${{SLURM_JOB_ID}}.state.h5
to_be_continued=75

# Threads of numerical libraries would compete with those of the ranks.
export OMP_NUM_THREADS=1
# On a disk of each node. distsnn makes it for this user alone, or takes another if it is not.
export NUMBA_CACHE_DIR=${{NUMBA_CACHE_DIR-${{TMPDIR:-/tmp}}/distsnn-$SLURM_JOB_USER}}

if [ -e "$state" ]; then
    set -- resume "$state" --model {model}
else
    set -- run {run} \\
        --record "{name}-${{SLURM_JOB_ID}}.h5" --checkpoint "$state" --every {every:g} --overwrite
fi

# When ranks leave with status 75 they all do, and none may be killed for it on the way.
status=0
srun --cpus-per-task={threads} --cpu-bind=cores --distribution=block \\
    --kill-on-bad-exit=0 --wait=60 "$environment/bin/distsnn" "$@" --threads {threads} || status=$?
if [ "$status" -eq "$to_be_continued" ]; then
    scontrol requeue "$SLURM_JOB_ID"
fi
exit "$status"
"""


def jobscript(
    *,
    model: ModelArgument,
    nodes: Annotated[int, typer.Option(min=1, metavar="N", help="Number of nodes.")] = 1,
    ranks_per_node: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="MPI ranks of each; by default as many as this one has cores for their threads.",
        ),
    ] = None,
    threads: ThreadsOption = 1,
    settings: SetOption = None,
    time: TimeOption = None,
    rate: RateOption = 5.0,
    wall: WallOption = None,
    calibrate: CalibrateOption = None,
    latency: LatencyOption = None,
    bandwidth: BandwidthOption = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write it here; by default print it."),
    ] = None,
) -> None:
    """Write a SLURM script with the memory and time that the plan says.

    A run that takes longer than --wall saves itself at the warning before the end, and the job is
    queued again until it is done.
    """
    per_node = ranks_per_node or max(1, own_cores() // threads)
    shape = JobShape(nodes * per_node, threads, nodes)
    check_shape(shape)
    planned = PlannedModel(model, settings or [], time, rate)
    link = chosen_link(calibrate, latency, bandwidth)
    found = planned.forecast(shape, calibrate, link)
    text = script_text(planned, found, (model, settings or [], time), wall, output)
    if output is None:
        print(text, end="")
        return
    try:
        with output.open("x", encoding="utf8") as file:
            file.write(text)
        output.chmod(0o755)
    except OSError as error:
        exists = isinstance(error, FileExistsError)
        raise FileError(
            str(output),
            "the file exists" if exists else f"it cannot be written ({error.strerror})",
            "a script replaces nothing",
            "take another name",
        ) from error
    print(f"written: {output}; submit it with: sbatch {shlex.quote(str(output))}")


def script_text(
    planned: PlannedModel,
    found: Forecast,
    given: tuple[str, Sequence[str], float | None],
    wall: str | None,
    output: Path | None,
) -> str:
    """The script.

    Raises ParameterError if there is no plan of the time, nor a wall time; or it is shorter than
    the warning.

    Parameters
    ----------
    found : Forecast
        Its nodes have as many ranks each.
    given : tuple
        The model, its settings and its time as the command line says them.
    wall : str or None
        Wall time of a job; by default twice what is planned.
    output : path or None
        The name it will have.
    """
    shape, (model, settings, time) = found.shape, given
    per_node = shape.ranks // shape.nodes
    if not found.seconds or (shape.size > 1 and "exchange" not in found.seconds):
        _require_wall(wall)
    seconds = _seconds_of_job(found) if wall is None else wall_seconds(wall)
    if seconds <= _WARNING:
        raise ParameterError(
            "jobscript",
            f"a wall time of {seconds:g} s",
            f"the warning to save comes {_WARNING} s before the end, so it must be longer",
            "allow more with --wall",
            seconds=seconds,
        )
    path = model if model in catalog() else os.path.abspath(model)
    command = [path]
    command += [part for setting in settings for part in ("--set", setting)]
    command += [] if time is None else ["--time", repr(time).removesuffix(".0")]
    memory = math.ceil((_MORE_MEMORY * per_node * found.peak + _COMPILING) / _GB)
    return _SCRIPT.format(
        name=_job_name(planned.name),
        nodes=shape.nodes,
        ranks_per_node=per_node,
        threads=shape.threads,
        memory=max(1, memory),
        wall=_wall_text(seconds),
        warning=_WARNING,
        planned=_planned_text(found),
        submitted=_quoted_in_comment(output),
        model=shlex.quote(path),
        run=shlex.join([*command, "--quiet"]),
        every=_every(planned, found, seconds),
    )


def _job_name(model: str) -> str:
    """A name for the job and its files that needs no quotes, in the script or in a comment."""
    return re.sub(r"[^A-Za-z0-9_.+-]+", "_", model).strip("_.-") or "distsnn"


def _quoted_in_comment(output: Path | None) -> str:
    """The script's name as a shell takes it, or a word for it where it would end the comment."""
    name = "FILE" if output is None else shlex.quote(str(output))
    return name if name.isprintable() else "FILE"


def _require_wall(wall: str | None) -> None:
    if wall is None:
        raise ParameterError(
            "jobscript",
            "there is no plan of the time",
            "it needs what this machine has measured, and for several ranks an MPI",
            "say --wall H:MM:SS, or --latency and --bandwidth of the network",
        )


def _seconds_of_job(found: Forecast) -> float:
    return max(_LEAST_SECONDS, _MORE_TIME * found.wall_seconds) + _WARNING


def _wall_text(seconds: float) -> str:
    minutes = math.ceil(seconds / 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:00"


def _every(planned: PlannedModel, found: Forecast, seconds: float) -> float:
    """Biological time between checkpoints (ms): several in each job, and one in a short run."""
    running = sum(
        value for part, value in found.seconds.items() if part not in ("start and build",)
    )
    if not running:
        return max(planned.duration / _CHECKPOINTS_PER_JOB, found.budget.dt)
    per_second = planned.duration / running
    every = min(planned.duration, per_second * seconds / _CHECKPOINTS_PER_JOB)
    # Two digits are enough.
    digits = max(0, math.floor(math.log10(every)) - 1) if every > 0 else 0
    return max(math.floor(every / 10**digits) * 10.0**digits, found.budget.dt)


def _planned_text(found: Forecast) -> str:
    seconds = f", {found.wall_seconds:,.0f} s for {found.duration:g} ms" if found.seconds else ""
    return (
        f"Planned: {found.shape} with {found.peak / _GB:.2f} GB for each rank{seconds} at a mean "
        f"rate of {found.rate * 1e3:g} Hz."
    )
