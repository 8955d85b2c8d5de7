"""Probes: what monitors read while a network runs.

They do not change what is simulated, and are no part of the description's digest.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from distsnn.assemble.synapses.local_synapses import SynapseBuild
from distsnn.assemble.tables.plastic_tables import PlasticTables
from distsnn.codegen.probe_blocks import CAPACITY, CURSOR_SIZE, EVERY, MOST, ROWS, Samples
from distsnn.codegen.program_arguments import Argument, OfProbe
from distsnn.describe.network_description import NetworkDescription
from distsnn.integrate.neuron_form import NeuronForm
from distsnn.layout.partition import Partition

_BUFFER_VALUES = 1 << 17
_MOST_ROWS = 1 << 20


@dataclass(frozen=True, eq=False)
class ProbedRank:
    """The parts of one rank that probes read.

    Attributes
    ----------
    description : NetworkDescription
    partition : Partition
    forms : mapping of int to NeuronForm
        By index of the group.
    synapses : mapping of int to (int, SynapseBuild)
        Synapses with generated code and their index in the program, by index in the description.
    tables : PlasticTables
    """

    description: NetworkDescription
    partition: Partition
    forms: Mapping[int, NeuronForm]
    synapses: Mapping[int, tuple[int, SynapseBuild]]
    tables: PlasticTables


class Probe(ABC):
    """The reading of a monitor, the same on all ranks; the base of all kinds, also a user's own."""

    @property
    def of_synapses(self) -> tuple[tuple[int, str], ...]:
        """The variables of equation-based synapses that are read: index of these, and name."""
        return ()

    @abstractmethod
    def assemble(self, rank: ProbedRank, own: OfProbe) -> LocalProbe:
        """Build the part of one rank; `own` makes the arguments of the probe."""


def recorded_variables(probes: Iterable[Probe]) -> list[tuple[int, str]]:
    """The variables of equation-based synapses that some probes read."""
    return [variable for probe in probes for variable in probe.of_synapses]


@dataclass(frozen=True, eq=False)
class LocalProbe:
    """One rank's part of a probe.

    Attributes
    ----------
    samples : Samples
        How the program reads it.
    arrays : dict of Argument to array
        Arguments of the program.
    columns : int64 array (n_local,)
        Which of the wanted elements this rank reads, as positions among them.
    buffer : float64 array
        Room for rows.
    cursor : int64 array (CURSOR_SIZE,)
    """

    samples: Samples
    arrays: dict[Argument, Any]
    columns: np.ndarray
    buffer: np.ndarray
    cursor: np.ndarray

    @classmethod
    def of(
        cls,
        own: OfProbe,
        samples: Samples,
        arrays: Mapping[Argument, Any],
        columns: np.ndarray,
        every: int = 1,
        most: int = 1,
    ) -> LocalProbe:
        """A probe with a buffer, read every so many steps; a step adds at `most` so many rows."""
        width = int(np.prod(samples.row(columns.size)))
        capacity = min(max(most, _BUFFER_VALUES // max(width, 1)), max(most, _MOST_ROWS))
        cursor = np.zeros(CURSOR_SIZE, dtype=np.int64)
        cursor[CAPACITY], cursor[MOST], cursor[EVERY] = capacity, most, every
        buffer = np.zeros(capacity * width)
        room = own.named({"buffer": buffer, "cursor": cursor})
        return cls(samples, {**arrays, **room}, columns, buffer, cursor)

    def take(self) -> np.ndarray:
        """Empty the buffer.

        Returns
        -------
        float64 array (rows, ...)
            In their order; see `Samples.row` for the shape of each.
        """
        rows = int(self.cursor[ROWS])
        self.cursor[ROWS] = 0
        shape = self.samples.row(self.columns.size)
        return self.buffer[: rows * prod(shape)].reshape(rows, *shape).copy()

    @property
    def n_rows(self) -> int:
        """Number of rows in the buffer."""
        return int(self.cursor[ROWS])

    @property
    def no_rows(self) -> np.ndarray:
        """The result of `take` where the buffer is empty."""
        return np.empty((0, *self.samples.row(self.columns.size)))
