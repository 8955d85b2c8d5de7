"""The command ``distsnn``: run models, look into recordings, draw pictures."""

from __future__ import annotations

import ast
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any

import typer

from distsnn import __version__, set_threads
from distsnn import plot as pictures
from distsnn.describe.recording_file import RecordingFile
from distsnn.errors import DistsnnError, FileError, LauncherError
from distsnn.examples import Model, ModelError, Script, catalog, load, scripts
from distsnn.exchange import (
    SerialWorld,
    World,
    current_world,
    install_abort,
    launch,
    raising_together,
)
from distsnn.exchange.abort import fail
from distsnn.exchange.current import check_launcher
from distsnn.record.checkpoint_file import CheckpointFile, is_checkpoint
from distsnn.record.facts import rate_table, read_recording, recording_facts
from distsnn.record.header import installed_versions
from distsnn.record.spike_reader import SpikeFile

# Set for the ranks that --ranks starts, so that they do not start ranks again.
_STARTED = "DISTSNN_RANKS"
_INTERRUPTED = 130
# typer brings its own copy of click, or uses the one that is installed, depending on its version.
_UsageError: Any = typer.BadParameter.__mro__[1]


@dataclass
class _Job:
    """What the command line says, and the ranks once a job has begun."""

    arguments: list[str]
    world: World = field(default_factory=SerialWorld)


@dataclass(frozen=True)
class _Files:
    """The files that a run writes."""

    record: Path | None
    checkpoint: Path | None
    plot: Path | None
    overwrite: bool = False
    weights: Path | None = None
    compression: str | None = None

    def stored(self, path: Path) -> RecordingFile:
        """A recording with its options."""
        return RecordingFile(path, self.compression)


app = typer.Typer(
    help="Distributed simulation of spiking neural networks.",
    no_args_is_help=True,
    add_completion=False,
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
    """List the ready models and example scripts, or say more about one."""
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
    print(f"{(model.module.__doc__ or '').strip()}\n\nparameters (--set name=value):")
    settings = [f"{key}={value!r}" for key, value in model.parameters.items()]
    width = max(map(len, settings), default=0)
    for key, setting in zip(model.parameters, settings, strict=True):
        print(f"  {setting:<{width}}  {model.comments.get(key, '')}".rstrip())


@app.command()
def run(
    context: typer.Context,
    *,
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="An example's name, or a Python file with network(**parameters).",
        ),
    ],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Set a parameter; may be repeated."),
    ] = None,
    time: Annotated[
        float | None, typer.Option(metavar="MS", help="Biological time to simulate (ms).")
    ] = None,
    ranks: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Start this number of MPI ranks.")
    ] = None,
    threads: _Threads = None,
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Record the spikes to this file.")
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the synapses with their weights at the end."),
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
    overwrite: Annotated[bool, typer.Option(help="Replace existing files.")] = False,
    quiet: _Quiet = False,
) -> None:
    """Run a model; the same command works alone, with --ranks, and under mpirun or srun."""
    if ranks is not None and ranks > 1 and _STARTED not in os.environ:
        raise typer.Exit(_start_ranks(ranks, threads or 1, context.obj.arguments))
    if threads is not None:
        set_threads(threads)
    if every is not None and checkpoint is None:
        raise typer.BadParameter("say --checkpoint FILE as well", param_hint="--every")
    parameters = _parse_settings(settings or [])
    world = _join(context, plot)
    if model in scripts():
        given: dict[str, Any] = {
            "--set": settings,
            "--time": time,
            "--record": record,
            "--seed": seed,
        }
        given |= {"--record": record, "--weights": weights, "--compression": compression}
        given |= {"--checkpoint": checkpoint}
        _run_script(scripts()[model], world, given, plot, quiet)
        return
    origin = {
        "model": model if model in catalog() else os.path.abspath(model),
        "settings": parameters,
        "seed": seed,
        "end": time,
        "record": None if record is None else os.path.abspath(record),
        "every": every,
    }
    loaded, network = _made(model, origin)
    files = _Files(record, checkpoint, plot, overwrite, weights, compression)
    _simulate(world, loaded, network, files, quiet)


@app.command()
def resume(
    context: typer.Context,
    *,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A checkpoint of 'distsnn run --checkpoint'.")
    ],
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
    every: Annotated[
        float | None,
        typer.Option(metavar="MS", help="Time between checkpoints (ms), if not as before."),
    ] = None,
    plot: _Plot = None,
    quiet: _Quiet = False,
) -> None:
    """Go on with a model from a checkpoint, on any ranks and threads, to the same result."""
    if ranks is not None and ranks > 1 and _STARTED not in os.environ:
        raise typer.Exit(_start_ranks(ranks, threads or 1, context.obj.arguments))
    if threads is not None:
        set_threads(threads)
    world = _join(context, plot)
    with raising_together(world, "checkpoint"):
        origin = CheckpointFile(file).read_text("origin")
        if not origin:
            raise FileError(
                str(file),
                "the checkpoint was made by a script",
                "only what 'distsnn run' has saved knows its model",
                "Let the script call net.load(...), and run it.",
                path=str(file),
            )
    given = {"end": time, "every": every, "record": record and os.path.abspath(record)}
    origin |= {name: value for name, value in given.items() if value is not None}
    loaded, network = _made(origin["model"], origin)
    network.load(file)
    recording = origin["record"] and Path(origin["record"])
    _simulate(world, loaded, network, _Files(recording, file, plot), quiet)


def _join(context: typer.Context, plot: Path | None) -> World:
    """The ranks of this job, which end together from now on."""
    context.obj.world = world = current_world()
    install_abort(world)
    if plot is not None and world.rank == 0:
        pictures.require_drawable(plot)
    return world


def _made(model: str, origin: dict[str, Any]) -> tuple[Model, Any]:
    """A model and its network, which remembers how it was made."""
    loaded = load(model)
    parameters, seed = dict(origin["settings"]), origin["seed"]
    if seed is not None and "seed" in loaded.parameters:
        parameters["seed"] = seed
    network = loaded.network(**parameters)
    if seed is not None:
        network.seed = seed
    network.origin = origin | {"end": loaded.duration if origin["end"] is None else origin["end"]}
    return loaded, network


def _simulate(world: World, loaded: Model, network: Any, files: _Files, quiet: bool) -> None:
    """Run a network to its end and say what came of it."""
    duration = network.origin["end"] - network.t
    if duration < 0 < network.t:
        raise typer.BadParameter(
            f"the network has reached {network.t:g} ms already", param_hint="--time"
        )
    with _recording(world, files.record) as path:
        summary = network.run(
            duration,
            progress=not quiet,
            record=files.stored(path),
            checkpoint=files.checkpoint,
            every=network.origin["every"],
            overwrite=files.overwrite,
        )
        if files.weights is not None:
            network.write_weights(files.stored(files.weights), overwrite=files.overwrite)
        if world.rank != 0:
            return
        spikes = SpikeFile(path)
        if not quiet:
            parts = [str(summary), rate_table(spikes), loaded.report(network, spikes)]
            print("\n\n".join(part for part in parts if part), flush=True)
        if files.plot is not None:
            pictures.summary_picture(spikes, files.plot)
        written = " and ".join(
            str(file)
            for file in (files.record, files.weights, files.checkpoint, files.plot)
            if file is not None
        )
        if written and not quiet:
            print(f"\nwritten: {written}", flush=True)


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


@app.command()
def info(file: _Recording) -> None:
    """Say what a recording or a checkpoint holds."""
    if is_checkpoint(file):
        print(_checkpoint_facts(CheckpointFile(file)))
        return
    print(recording_facts(read_recording(file)))


def _checkpoint_facts(file: CheckpointFile) -> str:
    facts, origin = file.facts, file.read_text("origin")
    versions = ", ".join(f"{package} {facts[package]}" for package in installed_versions())
    lines = [
        f"{file.path}: checkpoint",
        f"time      {file.t:g} ms, steps of {facts['dt_ms']:g} ms",
        f"seed      {facts['seed']}",
        f"network   {facts['digest']}",
        f"versions  {versions}",
    ]
    if origin:
        settings = "".join(f" {name}={value!r}" for name, value in origin["settings"].items())
        lines.append(f"model     {origin['model']}{settings}, to {origin['end']:g} ms")
    return "\n".join(lines)


@app.command("plot")
def draw(
    file: _Recording,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="PICTURE", help="Where to write the picture."),
    ],
    start: Annotated[float | None, typer.Option(metavar="MS", help="Begin here (ms).")] = None,
    stop: Annotated[float | None, typer.Option(metavar="MS", help="End here (ms).")] = None,
) -> None:
    """Draw spikes (raster, rates, distributions), traces, or how weights are distributed."""
    pictures.require_drawable(output)
    pictures.recording_picture(file, output, start, stop)


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
    started = {_STARTED: str(ranks)}
    return launch(command, ranks, environment=started, threads=threads).returncode


def _parse_settings(settings: Sequence[str]) -> dict[str, Any]:
    parsed: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or not name.isidentifier():
            raise typer.BadParameter(
                f"{setting!r} is not of the form name=value", param_hint="--set"
            )
        if name in parsed:
            raise typer.BadParameter(f"{name} is set twice", param_hint="--set")
        parsed[name] = _parse_value(setting, text)
    return parsed


def _parse_value(setting: str, text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        # A shell takes quotes away, so a word or a path stands for itself.
        if re.fullmatch(r"[A-Za-z_./~][\w./~+-]*", text):
            return text
    raise typer.BadParameter(
        f"{setting!r}: the value is neither a Python literal nor a word; write numbers in "
        "distsnn's units (ms, mV, pA, nS, pF, 1/ms) and quote other text",
        param_hint="--set",
    )


@contextmanager
def _recording(world: World, record: Path | None) -> Iterator[Path]:
    """Where to record: the file asked for, or one that is removed after the run."""
    if record is not None:
        yield record
        return
    with ExitStack() as stack:
        folder = None
        if world.rank == 0:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="distsnn-"))
        yield Path(world.bcast_object(folder)) / "spikes.h5"


def _of_model(error: DistsnnError) -> TracebackType | None:
    """Leave out the frames of the command itself, so that a message names the model's line."""
    # This one names the line itself.
    trace = None if isinstance(error, ModelError) else error.__traceback__
    inner = trace
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == __file__:
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
        if sys.excepthook is sys.__excepthook__:
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
