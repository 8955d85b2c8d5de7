"""Tables whose synapses are stored by source alone, for sources with few synapses of each delay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.kernels.connect.rows import WORD, mark_rows

# How the arrays are stored; the budget counts by them.
ROW_TYPES: dict[str, np.dtype[Any]] = {
    "row_bits": np.dtype(np.uint64),
    "rows_before": np.dtype(np.uint32),
    "row_synapse": np.dtype(np.int64),
    "packed": np.dtype(np.uint32),
}


@dataclass(eq=False)
class RowTable:
    """Arrays of one table; see `distsnn.kernels.connect.rows` for their meaning.

    `weight` has one entry per synapse (float32 or float64), or per row (float64) where all
    synapses of a source have the same weight; `delays` are those that there are, descending.
    """

    row_bits: np.ndarray
    rows_before: np.ndarray
    row_synapse: np.ndarray
    first_delay: int
    slot_bits: int
    packed: np.ndarray
    weight: np.ndarray
    delays: np.ndarray

    @property
    def arrays(self) -> dict[str, Any]:
        """All arrays and numbers by name."""
        return dict(vars(self))

    @property
    def n_synapses(self) -> int:
        """Number of synapses."""
        return self.packed.size

    @property
    def n_bytes(self) -> int:
        """Memory in bytes."""
        return sum(a.nbytes for a in self.arrays.values() if isinstance(a, np.ndarray))

    def has_row(self, n_sources: int) -> np.ndarray:
        """Whether each neuron of the network has a row here (bool (n_sources,))."""
        bits = np.unpackbits(self.row_bits.view(np.uint8), count=n_sources, bitorder="little")
        return bits.view(bool)


def row_lookup_bytes(n_sources: int) -> int:
    """Bytes of what `find_rows` returns for so many neurons of the network."""
    of_word = ROW_TYPES["row_bits"].itemsize + ROW_TYPES["rows_before"].itemsize
    return of_word * (n_sources // WORD + 1)


def find_rows(row_of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bits of the sources that have a row, and the number of rows before each word of them."""
    n_words = row_of.size // WORD + 1
    row_bits = np.empty(n_words, ROW_TYPES["row_bits"])
    rows_before = np.empty(n_words, ROW_TYPES["rows_before"])
    mark_rows(row_of, row_bits, rows_before)
    return row_bits, rows_before


def bits_of(n: int) -> int:
    """Number of bits that hold the numbers 0 .. n - 1."""
    return max(1, n - 1).bit_length()
