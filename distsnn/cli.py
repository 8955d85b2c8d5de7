"""The command ``distsnn``: run models, look into recordings, draw pictures."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any

import typer

from distsnn import __version__, set_threads
from distsnn import plot as pictures
from distsnn.beginning import beginning
from distsnn.commands.compile import compile_kernels
from distsnn.commands.doctor import doctor
from distsnn.commands.ensemble import Ensemble, run_ensemble
from distsnn.commands.jobscript import jobscript
from distsnn.commands.plan import ModelArgument, plan
from distsnn.commands.resumed import refuse_other_picture, saved_origin
from distsnn.commands.settings import parse_settings, parse_window
from distsnn.commands.simulate import Files, absolute, made, origin_of, simulate, with_output
from distsnn.commands.top import top
from distsnn.commands.view import view
from distsnn.errors import DistsnnError, FileError, LauncherError, show_error
from distsnn.examples import CircuitModel, ModelError, Script, catalog, load, scripts
from distsnn.exchange import (
    Call,
    SerialWorld,
    World,
    agree,
    current_world,
    install_abort,
    launch,
    raising_together,
)
from distsnn.exchange.current import check_launcher
from distsnn.exchange.jobs.abort import fail
from distsnn.plot.timeline_picture import timeline_picture
from distsnn.record.comparison import compare_recordings
from distsnn.record.metadata import describe_file
from distsnn.run.progress_display import TERMINAL

# Set for the ranks that --ranks starts, so that they do not start ranks again.
_STARTED = "DISTSNN_RANKS"
_INTERRUPTED = 130
_OWN_FILES = (__file__, os.path.join(os.path.dirname(__file__), "commands"))
# typer brings its own copy of click, or uses the one that is installed, depending on its version.
_UsageError: Any = typer.BadParameter.__mro__[1]


@dataclass
class _Job:
    """Messages of the command line, and of the ranks once a job has begun."""

    arguments: list[str]
    world: World = field(default_factory=SerialWorld)


app = typer.Typer(
    help="Distributed simulation of spiking neural networks.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_Plot = Annotated[
    Path | None, typer.Option(metavar="PICTURE", help="Draw a picture of the spikes.")
]
_Threads = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Use this number of threads on each rank (1)."),
]
_Quiet = Annotated[bool, typer.Option(help="Print nothing but errors.")]
_Force = Annotated[
    bool, typer.Option("--force", help="Build it even if there is less memory than it needs.")
]
_Recording = Annotated[Path, typer.Argument(metavar="FILE", help="A recorded file.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"distsnn {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    del show_version


@app.command()
def examples(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Show the parameters of this one.")
    ] = None,
) -> None:
    """List the built-in models and example scripts, or say more about one."""
    if name is None:
        width = max(map(len, [*catalog(), *scripts()]))
        listed = [(one.name, one.description) for one in catalog().values()]
        listed += [(one.name, one.description) for one in scripts().values()]
        for title, description in listed:
            print(f"{title:<{width}}  {description}")
        return
    if name in scripts():
        script = scripts()[name]
        print(f"{script.documentation}\n\nfile: {script.path}")
        print(f"run:  distsnn run {name} --plot picture.png")
        return
    model = load(name)
    if isinstance(model, CircuitModel):
        raise typer.BadParameter("a configuration is run as it is: distsnn run FILE")
    print(f"{(model.module.__doc__ or '').strip()}\n\nparameters (--set name=value):")
    settings = [f"{key}={value!r}" for key, value in model.parameters.items()]
    width = max(map(len, settings), default=0)
    for key, setting in zip(model.parameters, settings, strict=True):
        print(f"  {setting:<{width}}  {model.comments.get(key, '')}".rstrip())


@app.command()
def run(
    context: typer.Context,
    *,
    model: ModelArgument,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Set a parameter; may be repeated. Several values, seed=1..32 or g=4,4.5,5, are "
            "that many runs, each with files of its own (spikes.h5 becomes spikes-seed=3.h5).",
        ),
    ] = None,
    time: Annotated[
        float | None, typer.Option(metavar="MS", help="Biological time to simulate (ms).")
    ] = None,
    ranks: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Start this number of MPI ranks.")
    ] = None,
    threads: _Threads = None,
    ranks_per_run: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="K",
            help="Of several runs, let each have K of the ranks, so that many go on at once.",
        ),
    ] = None,
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Record the spikes to this file.")
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the synapses with their weights at the end."),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Of several runs, write parameters and measures as a table (.csv, .parquet).",
        ),
    ] = None,
    table_window: Annotated[
        str | None,
        typer.Option(metavar="FROM..TO", help="Measure this part of each run: 200.. or 50..90 ms."),
    ] = None,
    compression: Annotated[
        str | None, typer.Option(metavar="METHOD", help="Compress files: gzip or lzf.")
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="S", help="Seed of the network.")] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Save the state to this file: at the end, every so often (--every), and when "
            "SIGTERM or SIGUSR1 ends the run (status 75); 'distsnn resume FILE' goes on.",
        ),
    ] = None,
    every: Annotated[
        float | None, typer.Option(metavar="MS", help="Biological time between checkpoints (ms).")
    ] = None,
    plot: _Plot = None,
    profile: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write what each rank did when, for ui.perfetto.dev or 'distsnn plot FILE'.",
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace existing files.")] = False,
    show_code: Annotated[
        bool,
        typer.Option(
            "--show-code",
            help="Print the code that is generated for the model on the first rank; run nothing.",
        ),
    ] = False,
    force: _Force = False,
    quiet: _Quiet = False,
) -> None:
    """Run a model; the same command works alone, with --ranks, and under mpirun or srun."""
    if ranks is not None and ranks > 1 and _STARTED not in os.environ:
        raise typer.Exit(_start_ranks(ranks, threads or 1, context.obj.arguments))
    if threads is not None:
        set_threads(threads)
    if every is not None and checkpoint is None:
        raise typer.BadParameter("say --checkpoint FILE as well", param_hint="--every")
    if table_window is not None and table is None:
        raise typer.BadParameter("say --table FILE as well", param_hint="--table-window")
    parameters = parse_settings(settings or [])
    window = parse_window(table_window)
    for option, value in (("--ranks-per-run", ranks_per_run), ("--table", table)):
        if value is not None and not parameters.varied:
            raise typer.BadParameter(
                "there is one run; say --set NAME=FIRST..LAST for several", param_hint=option
            )
    world = _join(context)
    given: dict[str, Any] = {"--time": time, "--record": record, "--weights": weights}
    given |= {"--compression": compression, "--checkpoint": checkpoint, "--profile": profile}
    if show_code:
        _refuse_with_code(given | {"--plot": plot}, several=bool(parameters.varied))
    _require_drawable(world, plot)
    if model in scripts():
        given |= {"--set": settings, "--seed": seed, "--show-code": show_code or None}
        _run_script(scripts()[model], world, given, plot, quiet)
        return
    files = Files(record, checkpoint, plot, overwrite, weights, compression, profile)
    if parameters.varied:
        ensemble = Ensemble(
            model, parameters, seed, time, every, files, ranks_per_run, quiet, force, table, window
        )
        raise typer.Exit(run_ensemble(world, ensemble))
    files = with_output(model, parameters.fixed, files)
    loaded, network = made(model, origin_of(model, parameters.fixed, seed, time, files, every))
    if show_code:
        network.run(0.0, force=force)
        if world.rank == 0:
            print(network.generated_code, end="", flush=True)
        return
    simulate(world, loaded, network, files, quiet=quiet, progress=not quiet, force=force)


@app.command()
def resume(
    context: typer.Context,
    *,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A checkpoint of 'distsnn run --checkpoint'.")
    ],
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="The model to run. By default the file that made the checkpoint, if it is the "
            "same still.",
        ),
    ] = None,
    time: Annotated[
        float | None,
        typer.Option(metavar="MS", help="Biological time to reach in all (ms), if not as before."),
    ] = None,
    ranks: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Start this number of MPI ranks.")
    ] = None,
    threads: _Threads = None,
    record: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where the recording is, or begin another one."),
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the weights at the end, if not as before."),
    ] = None,
    compression: Annotated[
        str | None, typer.Option(metavar="METHOD", help="gzip or lzf, if not as before.")
    ] = None,
    every: Annotated[
        float | None,
        typer.Option(metavar="MS", help="Time between checkpoints (ms), if not as before."),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="PICTURE", help="Draw a picture of the spikes, if not as before."),
    ] = None,
    force: _Force = False,
    quiet: _Quiet = False,
) -> None:
    """Go on with a model from a checkpoint, on any ranks and threads, to the same result."""
    if ranks is not None and ranks > 1 and _STARTED not in os.environ:
        raise typer.Exit(_start_ranks(ranks, threads or 1, context.obj.arguments))
    if threads is not None:
        set_threads(threads)
    world = _join(context)
    with raising_together(world, "checkpoint"):
        origin = saved_origin(file, model)
        if plot is None and origin["plot"] is not None:
            refuse_other_picture(file, Path(origin["plot"]))
    given = {"end": time, "every": every, "compression": compression}
    given |= {"record": absolute(record), "weights": absolute(weights), "plot": absolute(plot)}
    origin |= {name: value for name, value in given.items() if value is not None}
    recording, last, picture = (
        origin[name] and Path(origin[name]) for name in ("record", "weights", "plot")
    )
    _require_drawable(world, picture)
    loaded, network = made(origin["model"], origin)
    network.load(file, force=force)
    files = Files(recording, file, picture, weights=last, compression=origin["compression"])
    simulate(world, loaded, network, files, quiet=quiet, progress=not quiet, force=force)


def _join(context: typer.Context) -> World:
    """The ranks of this job, which end together from now on."""
    context.obj.world = world = current_world()
    install_abort(world)
    agree(world, Call("distsnn", {"command": context.obj.arguments}))
    return world


def _require_drawable(world: World, plot: Path | None) -> None:
    """Find out before a run takes time that its picture cannot be drawn."""
    if plot is not None and world.rank == 0:
        pictures.require_drawable(plot)


def _refuse_with_code(given: dict[str, Any], *, several: bool) -> None:
    """Refuse what a run writes where only its code is asked for."""
    for option, value in given.items():
        if value is not None:
            raise typer.BadParameter("--show-code runs nothing; leave it out", param_hint=option)
    if several:
        raise typer.BadParameter("--show-code shows one model", param_hint="--set")


def _run_script(
    script: Script, world: World, given: dict[str, Any], plot: Path | None, quiet: bool
) -> None:
    for option, value in given.items():
        if value is not None:
            raise typer.BadParameter(
                f"{script.name} is a script, which says everything itself; copy {script.path} and "
                "change it",
                param_hint=option,
            )
    # Every script draws.
    pictures.require_drawable(plot or Path("picture.png"))
    first = world.rank == 0
    script.run(plot if first else None, shows=first and plot is None)
    if first and plot is not None and not quiet:
        print(f"written: {plot}", flush=True)


app.command("compile")(compile_kernels)
app.command()(plan)
app.command()(jobscript)
app.command()(doctor)
app.command()(view)
app.command()(top)


@app.command()
def info(file: _Recording) -> None:
    """Say what a recording or a checkpoint holds."""
    print(describe_file(file))


@app.command()
def compare(
    first: _Recording,
    second: Annotated[Path, typer.Argument(metavar="OTHER", help="Another one of its kind.")],
) -> None:
    """Say whether two recordings, or checkpoints, hold the same, and if not where they part first.

    The status is 0 where they do, 1 where they do not, and 2 where they cannot be compared.
    """
    try:
        found = compare_recordings(first, second)
    except FileError as error:
        print(f"distsnn: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    print(found)
    raise typer.Exit(0 if found.same else 1)


@app.command("plot")
def draw(
    file: _Recording,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="PICTURE", help="Where to write the picture."),
    ],
    start: Annotated[float | None, typer.Option(metavar="MS", help="Begin here (ms).")] = None,
    stop: Annotated[float | None, typer.Option(metavar="MS", help="End here (ms).")] = None,
    synapses: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Draw the weights of these alone; may be repeated."),
    ] = None,
) -> None:
    """Draw spikes (raster, rates, distributions), traces, weights, or a timeline of ranks."""
    pictures.require_drawable(output)
    if file.suffix == ".json":
        timeline_picture(file, output)
        return
    pictures.recording_picture(file, output, start, stop, synapses)


def _start_ranks(ranks: int, threads: int, arguments: Sequence[str]) -> int:
    """Run this same command on several ranks; return its exit status."""
    try:
        check_launcher(os.environ, "")
    except LauncherError as error:
        raise typer.BadParameter(
            f"a launcher has started {error.n_started} ranks already; leave --ranks out under "
            "mpirun or srun",
            param_hint="--ranks",
        ) from error
    command = [sys.executable, "-m", "distsnn.cli", *arguments]
    # What it passes on is seen where this command is.
    started = {_STARTED: str(ranks), TERMINAL: str(int(sys.stderr.isatty()))}
    # The ranks answer signals.
    beginning.begin_steps()
    return launch(command, ranks, environment=started, threads=threads, joining=True).returncode


def _of_model(error: DistsnnError) -> TracebackType | None:
    """Leave out the frames of the command itself, so that a message names the model's line."""
    # This one names the line itself.
    trace = None if isinstance(error, ModelError) else error.__traceback__
    inner = trace
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(_OWN_FILES):
            inner = trace.tb_next
        trace = trace.tb_next
    return inner


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and end the process.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line without the program's name; that of this process by default.
    """
    job = _Job(list(sys.argv[1:] if arguments is None else arguments))
    beginning.imported(runs=job.arguments[:1] in (["run"], ["resume"]))
    command = typer.main.get_command(app)
    try:
        status = command.main(job.arguments, prog_name="distsnn", standalone_mode=False, obj=job)
    except typer.Abort:
        status = _INTERRUPTED
    except _UsageError as error:
        # Under a launcher every rank comes here.
        if job.arguments[:1] not in (["run"], ["resume"]) or current_world().rank == 0:
            error.show()
        sys.exit(error.exit_code)
    except LauncherError as error:
        if sys.excepthook in (sys.__excepthook__, show_error):
            fail(job.world, error.with_traceback(None))
        else:
            # Processes that do not know of each other: a hook lets only the first one speak.
            sys.excepthook(LauncherError, error.with_traceback(None), None)
        sys.exit(1)
    except DistsnnError as error:
        fail(job.world, error.with_traceback(_of_model(error)))
        sys.exit(1)
    if status == _INTERRUPTED:
        fail(job.world, KeyboardInterrupt())
    sys.exit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    main()
