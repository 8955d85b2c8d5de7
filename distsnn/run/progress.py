"""The progress bars of rank 0: building, then biological time."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from tqdm import tqdm


@dataclass(frozen=True)
class RunReport:
    """The way in which users are told of the progress of a run.

    Attributes
    ----------
    call : callable, optional
        Called with the wall time so far (ms), the completed fraction, the time of the start (ms)
        and the duration (ms) at the start, every `period`, and at the end.
    bar : bool
        Whether a bar is shown.
    to_stdout : bool
        Whether it is shown on standard output.
    period : float, optional, ms
        Wall time between two reports.
    """

    call: Callable[[float, float, float, float], object] | None = None
    bar: bool = False
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
    """A bar with biological time, real-time factor, spikes and remaining time.

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
        Where the bar is shown, if at all, and what is called.
    """

    def __init__(
        self,
        shown: bool,
        first: int,
        last: int,
        dt: float,
        spikes: Callable[[], int],
        report: RunReport = BAR,
    ) -> None:
        self._first, self._dt, self._spikes = first, dt, spikes
        self._begin = perf_counter()
        self._calls = ReportCalls(report, shown, first, last, dt)
        self._bar: tqdm[Any] | None = None
        if not (shown and report.bar):
            return
        self._bar = tqdm(
            total=round((last - first) * dt, 6),
            unit="ms",
            file=sys.stdout if report.to_stdout else sys.stderr,
            mininterval=0.1 if report.period is None else report.period * 1e-3,
            bar_format="{l_bar}{bar}| {n:.1f}/{total:.1f} ms [{elapsed}<{remaining}{postfix}]",
        )

    def reach(self, step: int) -> None:
        """Show that `step` is the next one."""
        self._calls.reach(step)
        if self._bar is None:
            return
        done = (step - self._first) * self._dt
        factor = (perf_counter() - self._begin) / (done * 1e-3) if done else 0.0
        self._bar.set_postfix_str(f"{factor:.2f} s per s, {self._spikes():,} spikes", refresh=False)
        self._bar.update(done - self._bar.n)

    def end(self, step: int) -> None:
        """Tell the function of the report that the run ended before `step`."""
        self._calls.end(step)

    def close(self) -> None:
        """End the bar."""
        if self._bar is not None:
            self._bar.close()


class BuildProgress:
    """A bar of synapses on this rank; `expected` is their mean number.

    Each is drawn twice, once to be counted and once to be placed.
    """

    def __init__(self, shown: bool, expected: float) -> None:
        self._bar = tqdm(
            # Of connections given as a string nobody knows the number before.
            total=int(expected) if math.isfinite(expected) else None,
            unit="syn",
            unit_scale=True,
            desc="building",
            disable=not shown,
            file=sys.stderr,
            leave=False,
        )

    def add(self, n: int) -> None:
        """Count `n` synapses, drawn once."""
        self._bar.update(n / 2)

    def close(self) -> None:
        """End the bar."""
        self._bar.close()
