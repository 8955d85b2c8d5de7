"""Arguments that users give to runs."""

from __future__ import annotations

import os
from collections.abc import Iterable

from distsnn.describe.checks.arguments import check_switches
from distsnn.describe.checks.constructors import refuse_argument, unknown_argument
from distsnn.describe.checks.paths import check_paths
from distsnn.describe.recording_file import RecordingFile
from distsnn.describe.values.given import checked_value, whole_number
from distsnn.describe.values.time_steps import MOST_STEPS, steps_of
from distsnn.errors import ParameterError
from distsnn.front.network.network_state import NetworkState
from distsnn.run.progress import RunReport

_ARGUMENTS = (
    "duration",
    "report",
    "report_period",
    "progress",
    "record",
    "checkpoint",
    "every",
    "overwrite",
    "force",
    "namespace",
    "profile",
)

Path = str | os.PathLike[str]
_STREAMS = ("text", "stdout", "stderr")


def refuse_others(names: Iterable[str]) -> None:
    """Raise for arguments that there are not, those of Brian 2 by name."""
    for name in names:
        refuse_argument("run", name, _ARGUMENTS)
        unknown_argument("run", name, _ARGUMENTS)


def checked_report(report: object, period: float | None, progress: bool | None) -> RunReport:
    """The arguments `report`, `report_period` and `progress` of ``Network.run``.

    Raises ParameterError if one is not allowed.
    """
    every = None if period is None else checked_value("Network.run", "report_period", period, "ms")
    if every is not None and not (isinstance(every, float) and every > 0):
        raise ParameterError(
            "Network.run",
            f"report_period={period!r} ms",
            "report_period is one time > 0 ms",
            "correct it",
        )
    if callable(report):
        return RunReport(call=report, bar=progress, period=every)
    if report is None or report is False:
        return RunReport(bar=progress, period=every)
    if report is True or (isinstance(report, str) and report in _STREAMS):
        return RunReport(bar=True, to_stdout=report in {"text", "stdout"}, period=every)
    raise ParameterError(
        "Network.run",
        f"report={report!r}",
        f"report is None, True, {', '.join(map(repr, _STREAMS))} or a function of "
        "(elapsed, completed, start, duration)",
        "give one of these",
    )


def checked_switches(progress: object, profile: object, **switches: object) -> Path | None:
    """Check arguments of ``Network.run`` that are on or off; the path of a timeline, if any.

    Raises ParameterError if one is not allowed.
    """
    given = {"progress": progress, "profile": profile} | switches
    path: Path | None = None
    if progress is None:
        del given["progress"]
    if isinstance(profile, str | os.PathLike):
        del given["profile"]
        path = profile
        check_paths("Network.run", profile=path)
    check_switches("Network.run", **given)
    return path


def run_of_circuit(
    state: NetworkState, record: Path | RecordingFile | None, overwrite: bool
) -> tuple[float, Path | RecordingFile | None, bool]:
    """Duration, recording and overwriting of a run without a duration: those of a configuration.

    Raises ParameterError if nothing says how long to run.

    Parameters
    ----------
    record, overwrite
        As given; they come first.
    """
    output = state.output
    if output is None:
        raise ParameterError(
            "Network.run",
            "duration is missing",
            "only networks of Network.from_sonata know how long to run",
            "write net.run(1000*ms)",
        )
    to = output.recording if record is None else record
    return max(0.0, output.duration - state.t), to, overwrite or output.overwrite


def checked_time(name: str, time: float, dt: float) -> float:
    """The argument `name` of ``Network.run``, a time (ms) that steps of `dt` (ms) can count.

    Raises ParameterError if it is none.
    """
    checked = checked_value("Network.run", name, time, "ms")
    if not isinstance(checked, float) or not 0 <= checked <= MOST_STEPS * dt:
        raise ParameterError(
            "Network.run",
            f"{name}={time!r} ms",
            f"{name} is one number from 0 ms to {MOST_STEPS:,} steps",
            f"correct {name}",
        )
    return checked


def checked_spacing(every: float, checkpoint: str | os.PathLike[str] | None, dt: float) -> int:
    """Steps between two checkpoints, which are `every` ms apart.

    Raises ParameterError if `every` is less than a step, or there is nowhere to save.
    """
    steps = steps_of(checked_time("every", every, dt), dt)
    if steps < 1:
        raise ParameterError(
            "Network.run", f"every={every!r} ms", "every is > 0 ms", "correct every"
        )
    if checkpoint is None:
        raise ParameterError(
            "Network.run",
            f"every={every!r} ms without checkpoint",
            "every is the time between checkpoints",
            "say checkpoint=path",
        )
    return steps


def checked_trials(trials: object, trial: object, divide: object) -> tuple[int | None, int | None]:
    """The arguments `trials`, `trial` and `divide` of ``Network``.

    Raises ParameterError if one is not allowed, or both are given.
    """
    number = None if trials is None else whole_number(trials, 1)
    one = None if trial is None else whole_number(trial, 0)
    if trials is not None and trial is not None:
        wrong, allowed = f"trials={trials!r} and trial={trial!r}", "a network is one of both"
    elif (trials is None) != (number is None):
        wrong, allowed = f"trials={trials!r}", "trials is a whole number >= 1"
    elif (trial is None) != (one is None):
        wrong, allowed = f"trial={trial!r}", "trial is a whole number >= 0"
    elif divide is not None and (trials is None or divide not in ("trials", "neurons")):
        wrong = f"divide={divide!r}" + ("" if trials else " without trials=")
        allowed = "divide is 'trials' or 'neurons', in a network with trials="
    else:
        return number, one
    raise ParameterError("Network", wrong, allowed, "correct it")
