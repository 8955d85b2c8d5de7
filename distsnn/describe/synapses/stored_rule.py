"""Synapses that are stored somewhere, such as in a file, each with values of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from distsnn.describe.synapses.connection_rule import ConnectionRule


@dataclass(frozen=True)
class StoredRule(ConnectionRule):
    """The base of rules whose synapses are read, not computed.

    Each rank reads those onto its own targets, a chunk at a time. A weight or delay that is
    `distsnn.describe.values.given.Stored` is read with them.

    Attributes
    ----------
    number : int
        Number of synapses in all.
    """

    number: int

    listed: ClassVar[bool] = True

    def chunks(
        self, ranges: Sequence[tuple[int, int]], chunk: int
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """The synapses onto some targets.

        Parameters
        ----------
        ranges : sequence of (int, int)
            Ascending disjoint ranges low <= target < high.
        chunk : int
            Largest number of synapses at a time.

        Yields
        ------
        source, target, place : int64 arrays (n,)
            Indices within the slices, and the place where each synapse is stored, ascending.
        """
        raise NotImplementedError

    def values(self, column: str, place: np.ndarray) -> np.ndarray:
        """Stored values (array (n,)) of synapses by their places."""
        raise NotImplementedError

    @property
    def bytes_read(self) -> int:
        """Bytes that a synapse takes between reading and building."""
        return 0

    def release(self) -> None:
        """Let go of what was read while synapses were built."""

    def exact_number(self, n_source: int, n_target: int, shift: int | None) -> int:  # noqa: ARG002 - as all rules
        """Number of synapses."""
        return self.number
