"""One rank's part of a probe, with the buffer it is read into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.codegen.probe_blocks import (
    CAPACITY,
    CURSOR_SIZE,
    EVERY,
    MOST,
    ROWS,
    SPIKE_COLUMNS,
    SamplePart,
    SpikeSamples,
    n_variables,
)
from distsnn.codegen.program_arguments import Argument, OfProbe

_BUFFER_VALUES = 1 << 17
_MOST_ROWS = 1 << 20


@dataclass(frozen=True, eq=False)
class LocalProbe:
    """One rank's part of a probe.

    Attributes
    ----------
    samples : SpikeSamples or StateSamples
        How the program reads it.
    arrays : dict of Argument to array
        Arguments of the program.
    columns : int64 array (n_local,)
        For states: which of the wanted neurons this rank owns, as positions in `index`.
    """

    samples: SamplePart
    arrays: dict[Argument, Any]
    columns: np.ndarray
    buffer: np.ndarray
    cursor: np.ndarray

    def take(self) -> np.ndarray:
        """Empty the buffer.

        Returns
        -------
        float64 array
            States: (times, variables, n_local). Spikes: (spikes, 2 + variables), with step and
            index in front; in the order of (step, index).
        """
        rows = int(self.cursor[ROWS])
        self.cursor[ROWS] = 0
        n = n_variables(self.samples)
        shape = (
            (SPIKE_COLUMNS + n,)
            if isinstance(self.samples, SpikeSamples)
            else (n, self.columns.size)
        )
        return self.buffer[: rows * int(np.prod(shape))].reshape(rows, *shape).copy()


def with_buffer(
    m: int,
    samples: SamplePart,
    arrays: dict[Argument, Any],
    columns: np.ndarray,
    shape: tuple[int, int, int],
) -> LocalProbe:
    """A probe `m` with room for rows of `shape`: width, most rows of a step, every."""
    width, most, every = shape
    capacity = min(max(most, _BUFFER_VALUES // max(width, 1)), max(most, _MOST_ROWS))
    cursor = np.zeros(CURSOR_SIZE, dtype=np.int64)
    cursor[CAPACITY], cursor[MOST], cursor[EVERY] = capacity, most, every
    buffer = np.zeros(capacity * width)
    arrays |= OfProbe(m).named({"buffer": buffer, "cursor": cursor})
    return LocalProbe(samples, arrays, columns, buffer, cursor)
