"""Volume transmitters: what spikes of some neurons say to all synapses that name one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from distsnn.describe.models.receptors.delta_receptor import Increment
from distsnn.describe.synapses.rules import Pairs
from distsnn.errors import ParameterError
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.nest.connections.connection import Connection, Edges
from distsnn.nest.kernel import Kernel
from distsnn.nest.models.model_table import NEURON, PARROT, TRANSMITTER


class Modulators:
    """The levels of modulators, a neuron for each transmitter, time constant and delay.

    Synapses see all that happens by their delay later, as they see spikes when they arrive.

    Parameters
    ----------
    kernel : Kernel
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._groups: dict[tuple[int, float, int], NeuronGroup] = {}
        self._onto: dict[int, list[Edges]] = {}
        self.objects: list[Any] = []

    def add(self, edges: Edges) -> None:
        """Let spikes of some neurons reach transmitters.

        Raises
        ------
        ParameterError
            After the first ``Simulate``.
        """
        if not self._kernel.is_fresh:
            self._kernel.drop_network(f"a {TRANSMITTER} was connected")
        if not self._kernel.kinds(edges.source) <= {NEURON, PARROT}:
            raise ParameterError(
                f"nest.Connect: {TRANSMITTER}", "a device is its source",
                "neurons and parrots are", "put a parrot_neuron between them",
            )  # fmt: skip
        for gid in np.unique(edges.target).tolist():
            at = np.flatnonzero(edges.target == gid)
            values = {name: column[at] for name, column in edges.values.items()}
            self._onto.setdefault(gid, []).append(Edges(edges.source[at], edges.target[at], values))

    def group(self, connection: Connection, tau: float, delay: int) -> NeuronGroup:
        """The neuron whose ``level`` synapses with a delay (steps) see.

        Raises
        ------
        ParameterError
            If their model names no transmitter.
        """
        gid = connection.nodes.get(TRANSMITTER)
        if gid is None:
            raise ParameterError(
                f"nest.Connect: {connection.name}",
                f"its model names no {TRANSMITTER}",
                "synapses with dopamine have one",
                f'write nest.CopyModel(..., {{"{TRANSMITTER}": node}})',
            )
        key = gid, tau, delay
        if key not in self._groups:
            # Updates go by name where something acts before them, and this one precedes "connect_".
            name = f"by_{TRANSMITTER}_{gid}_{len(self._groups)}"
            made = NeuronGroup(1, f"dlevel/dt = -level/({tau!r}*ms) : 1", method="exact", name=name)
            made.attach(Increment("level", "1"))
            self._groups[key] = made
            self.objects.append(made)
        return self._groups[key]

    def join(self, sources: Sequence[Any], group: np.ndarray, index: np.ndarray) -> None:
        """Join all sources to the levels that they raise.

        Parameters
        ----------
        sources : sequence of Source
        group, index : int64 array
            Number of the group of each global id, and index there.
        """
        for (gid, tau, delay), level in self._groups.items():
            for edges in self._onto.get(gid, []):
                steps = np.floor(edges.values["delay"] / self._kernel.resolution + 0.5 + 1e-9)
                for number in np.unique(group[edges.source]).tolist():
                    at = np.flatnonzero(group[edges.source] == number)
                    made = ReadySynapses(
                        sources[number].group,
                        level,
                        level.receptors[0],
                        weight=1.0 / tau,
                        delay=(steps[at] + delay) * self._kernel.resolution,
                        name=f"modulator_{len(self.objects)}",
                    )
                    made.connect(Pairs(index[edges.source[at]], np.zeros(at.size, np.int64)))
                    self.objects.append(made)
        self._onto.clear()
