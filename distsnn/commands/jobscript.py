"""``distsnn jobscript``: a script for a batch system that asks for what a model needs."""

from __future__ import annotations

import math
import os
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from distsnn.commands.batch_systems import (
    BATCH_SYSTEMS,
    WARNING,
    BatchSystem,
    JobRequest,
    SiteOptions,
)
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
_LEAST_SECONDS = 600.0
# Bytes on each node: its first rank may have to compile the program.
_COMPILING = 4e8
_CHECKPOINTS_PER_JOB = 8
_GB, _MB = 1e9, 1e6

_SCRIPT = """\
#!/usr/bin/env bash
{header}

# {planned}
# Submit it with:  {submit} {submitted}
# {warning} seconds before the time is over, all ranks are asked to save, and the run goes on in
# another job.
set -euo pipefail
{begin}{modules}
environment=${{DISTSNN_ENVIRONMENT:-{environment}}}
job={job}
state={name}-$job.state.h5
to_be_continued=75

# Threads of numerical libraries would compete with those of the ranks.
export OMP_NUM_THREADS=1
# On a disk of each node. distsnn makes it for this user alone, or takes another if it is not.
export NUMBA_CACHE_DIR=${{NUMBA_CACHE_DIR-${{TMPDIR:-/tmp}}/distsnn-{user}}}

if [ -e "$state" ]; then
    set -- resume "$state" --model {model}
else
    set -- run {run}{of_array} \\
        --record "{name}-$job.h5" --checkpoint "$state" --every {every:g} --overwrite
fi

# When ranks leave with status 75 they all do, and none may be killed for it on the way.
status=0
{launch} \\
    "$environment/bin/distsnn" "$@" --threads {threads} || status=$?
if [ "$status" -eq "$to_be_continued" ]; then
{go_on}
fi
exit "$status"
"""


@dataclass(frozen=True)
class JobArray:
    """A job for each value of a parameter."""

    name: str
    indices: tuple[int, int]

    @classmethod
    def parsed(cls, text: str, settings: Sequence[str], system: BatchSystem) -> JobArray:
        """Read ``--array``; raises typer.BadParameter if it is not of its form, or has no job."""
        found = re.fullmatch(r"([^\W\d]\w*)=(\d+)\.\.(\d+)", text)
        if found is None or int(found[2]) > int(found[3]):
            raise typer.BadParameter(
                f"{text!r} is not of the form name=first..last, with whole numbers from 0 and the "
                "smaller one first",
                param_hint="--array",
            )
        if any(setting.partition("=")[0] == found[1] for setting in settings):
            raise typer.BadParameter(f"{found[1]} is set twice", param_hint="--array")
        if not system.index:
            raise typer.BadParameter(
                "a job of an array of PBS cannot queue itself again; leave it out and give "
                "--set with several values, which run in one job",
                param_hint="--array",
            )
        return cls(found[1], (int(found[2]), int(found[3])))


@dataclass(frozen=True)
class ScriptPlace:
    """Where a script will run.

    Attributes
    ----------
    system : BatchSystem
    site : SiteOptions
    output : Path or None
        The name that it will have.
    array : JobArray or None
    """

    system: BatchSystem
    site: SiteOptions
    output: Path | None
    array: JobArray | None


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
    scheduler: Annotated[
        str, typer.Option(metavar="NAME", help="The batch system: slurm, pbs or lsf.")
    ] = "slurm",
    module: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Load this environment module; may be repeated."),
    ] = None,
    partition: Annotated[
        str | None, typer.Option(metavar="NAME", help="Partition, or queue, of the job.")
    ] = None,
    account: Annotated[
        str | None, typer.Option(metavar="NAME", help="Account, or project, that pays.")
    ] = None,
    mail: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Who hears that a job has ended.")
    ] = None,
    constraint: Annotated[
        str | None, typer.Option(metavar="WORD", help="A property that the nodes must have.")
    ] = None,
    after: Annotated[
        str | None, typer.Option(metavar="JOB", help="Begin after this job has ended well.")
    ] = None,
    array: Annotated[
        str | None,
        typer.Option(
            metavar="NAME=FIRST..LAST",
            help="A job for each value of a parameter, a whole number such as the seed.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write it here; by default print it."),
    ] = None,
) -> None:
    """Write a job script (SLURM, PBS, LSF) with the memory and time that the plan says.

    A run that takes longer than --wall saves itself at the warning before the end, and the job is
    queued again until it is done.
    """
    per_node = ranks_per_node or max(1, own_cores() // threads)
    shape = JobShape(nodes * per_node, threads, nodes)
    check_shape(shape)
    planned = PlannedModel(model, settings or [], time, rate)
    link = chosen_link(calibrate, latency, bandwidth)
    found = planned.forecast(shape, calibrate, link)
    if scheduler not in BATCH_SYSTEMS:
        raise typer.BadParameter(f"{scheduler!r} is none of {', '.join(BATCH_SYSTEMS)}",
                                 param_hint="--scheduler")  # fmt: skip
    system = BATCH_SYSTEMS[scheduler]
    site = SiteOptions(partition, account, mail, constraint, after, tuple(module or ()))
    chosen = None if array is None else JobArray.parsed(array, settings or [], system)
    place = ScriptPlace(system, site, output, chosen)
    text = script_text(planned, found, (model, settings or [], time), wall, place)
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
    print(f"written: {output}; submit it with: {system.submit} {shlex.quote(str(output))}")


def script_text(
    planned: PlannedModel,
    found: Forecast,
    given: tuple[str, Sequence[str], float | None],
    wall: str | None,
    place: ScriptPlace,
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
    place : ScriptPlace
        Where it will run.
    """
    shape, (model, settings, time) = found.shape, given
    system, site, output, array = place.system, place.site, place.output, place.array
    per_node = shape.ranks // shape.nodes
    if not found.seconds or (shape.size > 1 and "exchange" not in found.seconds):
        _require_wall(wall)
    seconds = _seconds_of_job(found) if wall is None else wall_seconds(wall)
    if seconds <= WARNING:
        raise ParameterError(
            "jobscript",
            f"a wall time of {seconds:g} s",
            f"the warning to save comes {WARNING} s before the end, so it must be longer",
            "allow more with --wall",
            seconds=seconds,
        )
    path = model if model in catalog() else os.path.abspath(model)
    command = [path]
    command += [part for setting in settings for part in ("--set", setting)]
    command += [] if time is None else ["--time", repr(time).removesuffix(".0")]
    memory = math.ceil((_MORE_MEMORY * per_node * found.peak + _COMPILING) / _MB)
    request = JobRequest(
        _job_name(planned.name),
        shape.nodes,
        per_node,
        shape.threads,
        memory,
        seconds,
        site,
        None if array is None else array.indices,
    )
    # A user must type it for a script that is only printed.
    script = "FILE" if output is None else shlex.quote(os.path.abspath(output))
    return _SCRIPT.format(
        header=system.header(request),
        planned=_planned_text(found),
        submit=system.submit,
        submitted=_quoted_in_comment(output),
        warning=WARNING,
        begin=system.begin,
        modules="".join(f"module load {name}\n" for name in site.modules),
        environment=shlex.quote(sys.prefix),
        job=system.job if array is None else system.job_of_array,
        name=request.name,
        user=system.user,
        model=shlex.quote(path),
        run=shlex.join(command),
        of_array="" if array is None else f' --set {array.name}="{system.index}"',
        every=_every(planned, found, seconds),
        launch=system.launched(request),
        threads=shape.threads,
        go_on=system.go_on.format(script=script),
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
    return max(_LEAST_SECONDS, _MORE_TIME * found.wall_seconds) + WARNING


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
