"""Synapses onto built-in receptors as they are drawn: their ends, weights and delays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from distsnn.assemble.edges.connections import ConnectEdges
from distsnn.assemble.edges.edges import Edges
from distsnn.assemble.edges.local_edges import WEIGHT as STORED_WEIGHT
from distsnn.assemble.edges.local_edges import projection_values
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.describe.synapses.synapses import DELAY, DENDRITIC_DELAY
from distsnn.errors import ParameterError

if TYPE_CHECKING:
    from distsnn.front.synapses.built_in_synapses import ReadySynapses


class DrawnSynapses:
    """Draws synapses again when somebody asks for them; any rank may ask, alone.

    Parameters
    ----------
    synapses : ReadySynapses
    """

    def __init__(self, synapses: ReadySynapses) -> None:
        self._synapses = synapses

    def known(self) -> tuple[NetworkDescription, list[ProjectionDescription]]:
        """The network, and the description of each ``connect``.

        Raises ParameterError if they are not drawn yet.
        """
        synapses = self._synapses
        owner = synapses._owner
        if owner is None:
            raise ParameterError(
                synapses._name or "Synapses",
                "the synapses are not drawn yet",
                "they depend on the seed and name that the Network gives them",
                "make the Network first",
            )
        described = synapses.described
        if owner.built and not owner.has_built(synapses):
            raise ParameterError(
                synapses._called(),
                "synapses of a connect() after the first run are not drawn yet",
                "the next run draws them",
                "run the network first, for 0 ms if nothing shall change",
            )
        return owner.description, described

    def sizes(self) -> list[int]:
        """Number of synapses of each ``connect``; they are drawn where rules do not tell."""
        self.known()
        synapses = self._synapses
        rules, ends = synapses._rules, (len(synapses.source), len(synapses.target), synapses._shift)
        known = [n for rule in rules if (n := rule.exact_number(*ends)) is not None]
        return known if len(known) == len(rules) else [len(e) for e in self.edges()]

    def edges(self) -> list[Edges]:
        """The synapses of each ``connect``, in the order of creation."""
        description, projections = self.known()
        return [ConnectEdges.of(description, p).edges_in_order() for p in projections]

    def with_values(self) -> list[tuple[np.ndarray, ...]]:
        """Sources, targets, weights and both delays of each ``connect``, in that order."""
        description, projections = self.known()
        found: list[tuple[np.ndarray, ...]] = []
        for projection, drawn in zip(projections, self.edges(), strict=True):
            values = projection_values(description, projection, drawn)
            columns = (values[name] for name in (STORED_WEIGHT, DELAY, DENDRITIC_DELAY))
            found.append((drawn.source, drawn.target, *columns))
        return found

    def weight_signs(self) -> set[bool]:
        """Whether weights lie below zero and whether others do not, without holding them all."""
        description, projections = self.known()
        found: set[bool] = set()
        for projection in projections:
            for chunk in ConnectEdges.of(description, projection).draw():
                weight = projection_values(description, projection, chunk)[STORED_WEIGHT]
                found |= {bool(x) for x in np.unique(weight < 0)}
        return found
