"""Many independent runs of a model in one job, each on some of its ranks."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import typer

from distsnn.beginning import STATUS_OF_STOP, beginning
from distsnn.commands.run_table import (
    Measured,
    Window,
    check_table,
    check_window,
    measured,
    write_table,
)
from distsnn.commands.settings import Settings, label_of
from distsnn.commands.simulate import Files, made, origin_of, simulate
from distsnn.errors import DistsnnError, RankError
from distsnn.exchange import World, install_abort, raising_together, using
from distsnn.exchange.jobs.abort import fail
from distsnn.front.names.scope import start_scope

# An error that all ranks of a run meet, they meet within this time.
_SECONDS_TO_AGREE = 5.0
DONE, FAILED, STOPPED = "done", "failed", "stopped"


@dataclass(frozen=True)
class Outcome:
    """The outcome of one run.

    Attributes
    ----------
    label : str
        Its varied parameters.
    state : str
        `DONE`, `FAILED` or `STOPPED` (by a signal).
    spikes, neurons : int
    duration, wall_seconds : float
        Biological time (ms) and wall time (s).
    said : str
        The files written, or the error.
    measured : Measured
        What the table has of it.
    """

    label: str
    state: str
    said: str
    spikes: int = 0
    neurons: int = 0
    duration: float = 0.0
    wall_seconds: float = 0.0
    measured: Measured = field(default_factory=Measured)

    def row(self, varied: dict[str, Any]) -> dict[str, Any]:
        """The run as a row of a table: what was varied, what came of it, and the rest."""
        of_run = {"state": self.state, "time (ms)": self.duration, "wall (s)": self.wall_seconds}
        said = {"error" if self.state == FAILED else "files": self.said}
        return varied | of_run | self.measured.measures | self.measured.parameters | said


@dataclass(frozen=True)
class Ensemble:
    """The properties that all runs of an ensemble share.

    Attributes
    ----------
    model : str
        Name of an example, or a path.
    settings : Settings
    seed : int or None
    end, every : float or None, ms
        Biological time of each run, and between checkpoints.
    files : Files
        Names of files, to which each run adds its own values.
    ranks_per_run : int or None
        None: all ranks run one after another.
    quiet : bool
    force : bool
        Whether to build networks for which there is too little memory.
    table : Path or None
        The table of parameters and measures.
    window : (float or None, float or None), ms
        The part of each run that is measured for it.
    """

    model: str
    settings: Settings
    seed: int | None
    end: float | None
    every: float | None
    files: Files
    ranks_per_run: int | None
    quiet: bool
    force: bool = False
    table: Path | None = None
    window: Window = (None, None)


def run_ensemble(world: World, ensemble: Ensemble) -> int:
    """Run all combinations of the varied parameters. Collective.

    Run number k is on the ranks of part ``k % parts``; the ranks are divided into as many parts as
    there is room for. A run that fails leaves the others alone if all of its ranks know of the
    error; an error of one rank alone, which the others wait for, ends the job. Raises
    typer.BadParameter if the number of ranks is no multiple of `ranks_per_run`.

    Returns
    -------
    int
        Exit status, the same on all ranks: 1 if a run has failed, 75 if one was stopped by a
        signal, else 0.
    """
    per_run = ensemble.ranks_per_run or world.size
    if world.size % per_run:
        raise typer.BadParameter(
            f"{per_run} ranks for each run do not divide the job's {world.size} ranks",
            param_hint="--ranks-per-run",
        )
    install_abort(world)
    with raising_together(world, "table"):
        if ensemble.table is not None and world.rank == 0:
            check_table(ensemble.table, ensemble.files.overwrite)
    n_parts, number = world.size // per_run, world.rank // per_run
    part = world.split(number)
    if n_parts > 1:
        # Others may have something to save.
        beginning.hold()
    outcomes: list[Outcome] = []
    for varied in ensemble.settings.combined()[number::n_parts]:
        outcomes.append(_run_one(part, ensemble, varied, progress=n_parts == 1))
        if part.rank == 0:
            _say(outcomes[-1], ensemble.quiet)
        if outcomes[-1].state == STOPPED:
            break
    found = world.allgather_object(outcomes if part.rank == 0 else [])
    by_label = {outcome.label: outcome for of_rank in found for outcome in of_rank}
    runs = [
        (varied, by_label.get(label_of(varied), Outcome(label_of(varied), STOPPED, "")))
        for varied in ensemble.settings.combined()
    ]
    if world.rank == 0 and not ensemble.quiet:
        print(_table([outcome for _, outcome in runs]))
    with raising_together(world, "table"):
        if ensemble.table is not None and world.rank == 0:
            write_table(ensemble.table, [outcome.row(varied) for varied, outcome in runs])
            if not ensemble.quiet:
                print(f"written: {ensemble.table}")
    states = {outcome.state for outcome in by_label.values()}
    return 1 if FAILED in states else STATUS_OF_STOP if STOPPED in states else 0


def _run_one(part: World, ensemble: Ensemble, varied: dict[str, Any], progress: bool) -> Outcome:
    label = label_of(varied)
    files = ensemble.files.labeled(label)
    settings = ensemble.settings.fixed | varied
    origin = origin_of(ensemble.model, settings, ensemble.seed, ensemble.end, files, ensemble.every)
    found: list[Measured] = []
    try:
        with using(part):
            start_scope()
            with raising_together(part, label):
                loaded, network = made(ensemble.model, origin)
                check_window(ensemble.window, network.origin["end"])
            summary = simulate(
                part,
                loaded,
                network,
                files,
                quiet=True,
                progress=progress and not ensemble.quiet,
                force=ensemble.force,
                ended=None
                if ensemble.table is None
                else lambda spikes: found.append(
                    measured(loaded, network, spikes, ensemble.window)
                ),
            )
    except SystemExit as end:
        if end.code != STATUS_OF_STOP:
            raise
        return Outcome(label, STOPPED, "" if files.checkpoint is None else str(files.checkpoint))
    except Exception as error:  # noqa: BLE001 - said at once, and in the status at the end
        if not part.all_arrive(_SECONDS_TO_AGREE):
            _end_all(part, label, error)
        return Outcome(label, FAILED, _message(error))
    return Outcome(
        label,
        DONE,
        " ".join(map(str, files.written)),
        summary.spikes,
        sum(r.neurons for r in summary.ranks),
        summary.duration,
        summary.wall_seconds,
        found[0] if found else Measured(),
    )


def _message(error: Exception) -> str:
    """An error without the name of this run, which stands before it."""
    if isinstance(error, RankError):
        return f"{error.message}\n{error.trace}".rstrip()
    if isinstance(error, DistsnnError | typer.BadParameter):
        return str(error)
    return "".join(traceback.format_exception(error)).rstrip()


def _end_all(part: World, label: str, error: Exception) -> NoReturn:
    """End the whole job after an error that other ranks of the run do not know of."""
    world = part.whole or part
    fail(world, RankError(label, str(error), rank=world.rank, message=f"{label}: {_message(error)}",
                          trace=""))  # fmt: skip
    raise SystemExit(1)


def _say(outcome: Outcome, quiet: bool) -> None:
    if outcome.state == FAILED:
        sys.stderr.write(f"distsnn: {outcome.label}: {outcome.said}\n")
        sys.stderr.flush()
    elif outcome.state == DONE and not quiet:
        written = f", written: {outcome.said}" if outcome.said else ""
        text = f"{outcome.spikes:,} spikes in {outcome.wall_seconds:.2f} s{written}\n"
        sys.stdout.write(f"{outcome.label}: {text}")
        sys.stdout.flush()


def _table(outcomes: Sequence[Outcome]) -> str:
    width = max(len("run"), *(len(outcome.label) for outcome in outcomes))
    lines = [f"{'run':<{width}}{'spikes':>14}{'Hz':>10}{'wall s':>10}  result"]
    for one in outcomes:
        if one.state != DONE:
            said = one.said.partition("\n")[0]
            lines.append(f"{one.label:<{width}}{'':>34}  {one.state}{said and ': '}{said}")
            continue
        seconds = one.duration * 1e-3 * one.neurons
        rate = one.spikes / seconds if seconds else 0.0
        lines.append(
            f"{one.label:<{width}}{one.spikes:>14,}{rate:>10.3f}{one.wall_seconds:>10.2f}"
            f"  {one.said or one.state}"
        )
    n_failed = sum(outcome.state == FAILED for outcome in outcomes)
    n_stopped = sum(outcome.state == STOPPED for outcome in outcomes)
    said = f"{len(outcomes)} runs, {n_failed} failed"
    lines.append(said + (f", {n_stopped} not finished" if n_stopped else ""))
    return "\n".join(lines)
