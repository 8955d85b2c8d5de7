"""Weights of spikes that are sent from now on; those on their way keep what was before."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from distsnn.nest.connections.connection import Connection


@dataclass(eq=False)
class LaterWeights:
    """New weights of connections, until the first spike with them can arrive.

    Synapses read their weights when spikes arrive, and NEST when they are sent.
    """

    _due: list[tuple[int, Connection, np.ndarray, np.ndarray]] = field(default_factory=list)

    def put(self, connection: Connection, at: np.ndarray, due: np.ndarray, new: np.ndarray) -> None:
        """Let some connections of a call have other weights, each from a step on."""
        for step in np.unique(due).tolist():
            own = due == step
            self._due.append((step, connection, at[own], new[own]))

    def take(self, step: int) -> list[tuple[Connection, np.ndarray, np.ndarray]]:
        """All that is due at a step, in the order in which it was set."""
        due = [one[1:] for one in self._due if one[0] <= step]
        self._due = [one for one in self._due if one[0] > step]
        return due

    def next_after(self, step: int) -> float:
        """The first step after a given one at which something is due."""
        return min((float(one[0]) for one in self._due if one[0] > step), default=math.inf)

    def put_onto(self, connection: Connection, weights: np.ndarray) -> np.ndarray:
        """Weights (float64 (n,)) of all connections of a call, with those that will be due."""
        for _, of, at, values in sorted(self._due, key=lambda one: one[0]):
            if of is connection:
                weights[at] = values
        return weights
