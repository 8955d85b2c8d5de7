"""Tables whose synapses are stored by source alone, for sources with few synapses of each delay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.kernels.connect.rows import WORD, mark_rows

# How the arrays are stored; the budget counts by them.
ROW_TYPES: dict[str, np.dtype[Any]] = {
    "row_lookup": np.dtype(np.uint64),
    # Of more than four billion synapses on a rank they take eight bytes.
    "row_synapse": np.dtype(np.uint32),
    "packed": np.dtype(np.uint32),
}
_WIDE_ROWS = np.dtype(np.int64)


@dataclass(eq=False)
class RowTable:
    """Arrays of one table; see `distsnn.kernels.connect.rows` for their meaning.

    `weight` has one entry per synapse (float32 or float64), or per range of sources (float64) where
    all synapses of a source have the same weight; `weight_stop` (int64) is the gid after the last
    one of each range. `delays` are those that there are, descending; `values` further ones of each
    synapse, which plastic tables have.
    """

    row_lookup: np.ndarray
    row_synapse: np.ndarray
    first_delay: int
    slot_bits: int
    packed: np.ndarray
    weight: np.ndarray
    weight_stop: np.ndarray
    delays: np.ndarray
    values: dict[str, np.ndarray]

    @property
    def arrays(self) -> dict[str, Any]:
        """All arrays and numbers by name."""
        return {name: a for name, a in vars(self).items() if name != "values"} | self.values

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
        bits = np.unpackbits(
            self.row_lookup[::2].copy().view(np.uint8), count=n_sources, bitorder="little"
        )
        return bits.view(bool)


def row_lookup_bytes(n_sources: int) -> int:
    """Bytes of what `find_rows` returns for so many neurons of the network."""
    return 2 * ROW_TYPES["row_lookup"].itemsize * (n_sources // WORD + 1)


def find_rows(row_of: np.ndarray) -> np.ndarray:
    """The `row_lookup` of sources (see `distsnn.kernels.connect.rows.mark_rows`)."""
    row_lookup = np.empty(2 * (row_of.size // WORD + 1), ROW_TYPES["row_lookup"])
    mark_rows(row_of, row_lookup)
    return row_lookup


def row_starts(row_synapse: np.ndarray) -> np.ndarray:
    """The first synapse of each row (int64), as it is stored."""
    fits = row_synapse[-1] <= np.iinfo(ROW_TYPES["row_synapse"]).max
    return row_synapse.astype(ROW_TYPES["row_synapse"] if fits else _WIDE_ROWS, copy=False)


def ranges_of_weights(
    first: Sequence[int], stop: Sequence[int], weight: Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """The ranges of sources with one weight each.

    Parameters
    ----------
    first, stop : sequences of int
        Gids of the sources of some projections; of several that have a source the last one counts.
    weight : sequence of float

    Returns
    -------
    weight : float64 array (ranges,)
        0 where there are no sources.
    weight_stop : int64 array (ranges,)
        Gid after the last one of each range, ascending.
    """
    cuts = np.unique(np.array([0, *first, *stop], dtype=np.int64))
    found = np.zeros(cuts.size - 1)
    for low, high, local in zip(first, stop, weight, strict=True):
        found[np.searchsorted(cuts, low) : np.searchsorted(cuts, high)] = local
    return found, cuts[1:]


def bits_of(n: int) -> int:
    """Number of bits that hold the numbers 0 .. n - 1."""
    return max(1, n - 1).bit_length()
