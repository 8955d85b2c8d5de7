"""Connections of one call of ``Connect`` and one model of synapses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from distsnn.describe.values.computed import Computed
from distsnn.nest.connections.pairs import PairRule

# Weight, delay or a parameter of synapses: one number, a `Parameter`, or one for each connection.
Given = Any


@dataclass(frozen=True, eq=False)
class Edges:
    """Connections one by one, in the order in which they were made.

    Attributes
    ----------
    source, target : int64 array (n,)
        Global ids.
    values : dict of str to float64 array (n,)
        ``weight``, ``delay`` (ms), ``receptor_type``, and parameters that differ.
    """

    source: np.ndarray
    target: np.ndarray
    values: dict[str, np.ndarray]

    def some(self, which: np.ndarray) -> Edges:
        """Some of them; `which` is bool (n,)."""
        values = {name: column[which] for name, column in self.values.items()}
        return Edges(self.source[which], self.target[which], values)


@dataclass(eq=False)
class Connection:
    """Connections of one call of ``Connect`` and one model of synapses.

    Attributes
    ----------
    number, drawn_as : int
        Index of it, by which values are drawn; and of that whose pairs it has.
    name : str
        Name of the model of synapses in the script.
    base : str
        NEST's name of it.
    source, target : int64 array
        Global ids of the two collections.
    rule : PairRule
        Which of them are joined.
    values : dict
        ``weight``, ``delay``, ``receptor_type`` and parameters of the synapses.
    edges : Edges or None
        All connections, where they are known one by one; they count, not the rule.
    """

    number: int
    drawn_as: int
    name: str
    base: str
    source: np.ndarray
    target: np.ndarray
    rule: PairRule
    values: dict[str, Given]
    dt: float
    # The shortest and the longest one, as far as they are known without drawing, ms.
    delays: tuple[float, float]
    # Whether other connections have the same pairs.
    shared: bool = False
    # Whether one side is a recorder.
    records: bool = False
    edges: Edges | None = None
    # All connections one by one as well, where the rule counts.
    listed: Edges | None = None
    # Which of all are there no more, bool (n,); None if all are there.
    removed: np.ndarray | None = None
    # Synaptic elements of source and target that it takes.
    elements: tuple[str, str] | None = None
    # Global id of nodes that its model names, by the name of the parameter.
    nodes: Mapping[str, int] = field(default_factory=dict)
    # Weights and delays as the engine computes them, None where it cannot.
    computed: dict[str, Computed | None] = field(default_factory=dict)

    def remaining(self, at: np.ndarray) -> np.ndarray:
        """Those of some places at which there still is a connection."""
        return at if self.removed is None else at[~self.removed[at]]

    @property
    def shortest(self) -> int:
        """The shortest delay, steps."""
        return max(1, int(self.delays[0] / self.dt + 0.5 + 1e-9))

    @property
    def longest(self) -> int:
        """The longest delay, steps."""
        return max(1, int(self.delays[1] / self.dt + 0.5 + 1e-9))
