"""The progress bars of rank 0: building, then biological time."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from time import perf_counter

from tqdm import tqdm


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
    """

    def __init__(
        self, shown: bool, first: int, last: int, dt: float, spikes: Callable[[], int]
    ) -> None:
        self._first, self._dt, self._spikes = first, dt, spikes
        self._begin = perf_counter()
        self._bar = tqdm(
            total=round((last - first) * dt, 6),
            unit="ms",
            disable=not shown,
            file=sys.stderr,
            bar_format="{l_bar}{bar}| {n:.1f}/{total:.1f} ms [{elapsed}<{remaining}{postfix}]",
        )

    def look(self, step: int) -> None:
        """Show that `step` is the next one."""
        if self._bar.disable:
            return
        done = (step - self._first) * self._dt
        factor = (perf_counter() - self._begin) / (done * 1e-3) if done else 0.0
        self._bar.set_postfix_str(f"{factor:.2f} s per s, {self._spikes():,} spikes", refresh=False)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """End the bar."""
        self._bar.close()


class BuildProgress:
    """A bar of synapses on this rank; `expected` is their mean number.

    Each is drawn twice, once to be counted and once to be placed.
    """

    def __init__(self, shown: bool, expected: float) -> None:
        self._bar = tqdm(
            # Of connections given as text nobody knows the number before.
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
