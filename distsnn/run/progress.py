"""The progress that rank 0 shows: building, then biological time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from distsnn.run.progress_display import Display, DisplayForm
from distsnn.run.progress_line import ProgressLine
from distsnn.run.ranks_status import RanksStatus, memory_used


@dataclass(frozen=True)
class RunReport:
    """The way in which users are told of the progress of a run.

    Attributes
    ----------
    call : callable, optional
        Called with the wall time so far (ms), the completed fraction, the time of the start (ms)
        and the duration (ms) at the start, every `period`, and at the end.
    bar : bool, optional
        Whether progress is shown; by default that of runs that last longer than a second.
    to_stdout : bool
        Whether it is shown on standard output.
    period : float, optional, ms
        Wall time between two reports.
    """

    call: Callable[[float, float, float, float], object] | None = None
    bar: bool | None = None
    to_stdout: bool = False
    period: float | None = None


BAR = RunReport(bar=True)
_PERIOD = 10_000.0


class ReportCalls:
    """Calls the function of a `RunReport`, on the rank that shows progress.

    Parameters
    ----------
    shown : bool
        Whether this rank calls it.
    first, last : int
        First step and the one after the last.
    dt : float, ms
    """

    def __init__(self, report: RunReport, shown: bool, first: int, last: int, dt: float) -> None:
        self._call = report.call if shown else None
        self._period = _PERIOD if report.period is None else report.period
        self._first, self._last = first, last
        self._start, self._duration = first * dt, (last - first) * dt
        self._begin = perf_counter()
        self._next = self._period
        self._tell(0.0, 0.0)

    def reach(self, step: int) -> None:
        """Say that `step` is the next one."""
        elapsed = (perf_counter() - self._begin) * 1e3
        if elapsed >= self._next and step < self._last:
            self._next = elapsed + self._period
            self._tell(elapsed, (step - self._first) / (self._last - self._first))

    def end(self, step: int) -> None:
        """Say that the run ended before `step`."""
        done = (step - self._first) / (self._last - self._first) if step < self._last else 1.0
        self._tell((perf_counter() - self._begin) * 1e3, done)

    def _tell(self, elapsed: float, done: float) -> None:
        if self._call is not None:
            self._call(elapsed, done, self._start, self._duration)


class RunProgress:
    """Shows biological time, real-time factor, spikes, memory, waiting and remaining time.

    Parameters
    ----------
    shown : bool
        Whether this rank shows it.
    first, last : int
        First step and the one after the last.
    dt : float, ms
    spikes : callable
        Number of spikes so far.
    report : RunReport, optional
        Where progress is shown, if at all, and what is called.
    ranks : RanksStatus, optional
        Memory and waiting of all ranks.
    """

    def __init__(
        self,
        shown: bool,
        first: int,
        last: int,
        dt: float,
        spikes: Callable[[], int],
        report: RunReport = BAR,
        ranks: RanksStatus | None = None,
    ) -> None:
        self._first, self._last, self._dt, self._step = first, last, dt, first
        self._spikes, self._ranks = spikes, ranks
        self._begin = perf_counter()
        self._calls = ReportCalls(report, shown, first, last, dt)
        self._display: Display | None = None
        if shown and report.bar is not False:
            period = None if report.period is None else report.period * 1e-3
            self._display = Display(
                DisplayForm(
                    "", "ms", (last - first) * dt, report.bar is True, report.to_stdout, period, 1
                )
            )
            if ranks is not None:
                ranks.shown = True

    def reach(self, step: int) -> None:
        """Show that `step` is the next one."""
        self._calls.reach(step)
        self._step = step
        if self._display is not None and self._display.due():
            self._display.show((step - self._first) * self._dt, self._said(step))

    def _said(self, step: int) -> str:
        elapsed, done = perf_counter() - self._begin, step - self._first
        factor = elapsed / (done * self._dt * 1e-3) if done else 0.0
        n_bytes = memory_used() if self._ranks is None else self._ranks.n_bytes
        waiting = "" if self._ranks is None else self._ranks.waiting
        ends = ""
        if 0 < done < self._last - self._first:
            left = elapsed * (self._last - step) / done
            ends = time.strftime("%a %H:%M:%S", time.localtime(time.time() + left))
        return ProgressLine(
            done * self._dt,
            (self._last - self._first) * self._dt,
            factor,
            self._spikes(),
            n_bytes / 1e6,
            waiting,
            ends,
        ).remark

    def end(self, step: int) -> None:
        """Tell the function of the report that the run ended before `step`."""
        self._calls.end(step)

    def close(self) -> None:
        """Leave what is shown last."""
        if self._display is not None:
            done = (self._step - self._first) * self._dt
            self._display.close(done, self._said(self._step) if self._display.is_seen else "")


class BuildProgress:
    """Shows the synapses on this rank; `expected` is their mean number.

    Each is drawn twice, once to be counted and once to be placed.

    Parameters
    ----------
    shown : bool
        Whether this rank shows it.
    expected : float
        Not finite for connections given as a string, whose number nobody knows before.
    asked : bool
        Whether users asked for it.
    """

    def __init__(self, shown: bool, expected: float, asked: bool = True) -> None:
        total = expected if math.isfinite(expected) else None
        self._done = 0.0
        form = DisplayForm("building", "synapses", total, asked)
        self._display = Display(form) if shown else None

    def add(self, n: int) -> None:
        """Count `n` synapses, drawn once."""
        self._done += n / 2
        if self._display is not None and self._display.due():
            self._display.show(self._done)

    def close(self) -> None:
        """Leave what is shown last."""
        if self._display is not None:
            self._display.close(self._done)
