"""Groups of neurons of like models, and where each node is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.front.neurons.group_base import SpikeSource
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.nest.connections.connection import Connection
from distsnn.nest.kernel import Kernel
from distsnn.nest.models.model_table import NEURON
from distsnn.nest.network_parts.neuron_cells import Cells
from distsnn.nest.nodes.block import Block
from distsnn.nest.nodes.neuron_parameters import parameters_of
from distsnn.nest.simulation.summed_connections import SummedConnections

Values = float | np.ndarray


class Places:
    """The group of a node, and its index there.

    Attributes
    ----------
    size : int
        Number of nodes.
    group : int64 array
        Index of the group of each global id; -1 without one.
    index : int64 array
        Index in it.
    as_target : Places
        Where synapses find a node, if that is not where it spikes.
    """

    def __init__(self, as_target: Places | None = None) -> None:
        self.size = 0
        self.group = self.index = np.full(1, -1, dtype=np.int64)
        self.as_target = Places(self) if as_target is None else self

    def grow(self, size: int) -> None:
        """There are further nodes, so that all are `size`."""
        further = np.full(size - self.size, -1, dtype=np.int64)
        self.group, self.index = (np.append(old, further) for old in (self.group, self.index))
        self.size = size
        if self.as_target is not self:
            self.as_target.grow(size)

    def put(self, group: int, gids: np.ndarray) -> None:
        """Nodes are a group, in this order."""
        self.group[gids], self.index[gids] = group, np.arange(gids.size)
        if self.as_target is not self:
            self.as_target.put(group, gids)

    def range_of(self, gids: np.ndarray) -> tuple[int, int, int] | None:
        """Group, start and stop if nodes are neighbors in one group; None if not."""
        group, index = self.group[gids], self.index[gids]
        if group[0] < 0 or (group != group[0]).any() or (np.diff(index) != 1).any():
            return None
        return int(group[0]), int(index[0]), int(index[-1]) + 1


def make_cells(
    blocks: Sequence[Block], first: int, kernel: Kernel, connections: Sequence[Connection]
) -> tuple[list[Cells], SummedConnections]:
    """All neurons in groups that share a model and what a group has to share; and their sums.

    Parameters
    ----------
    blocks : sequence of Block
    first : int
        Number of the first group, for their names.
    kernel : Kernel
    connections : sequence of Connection
        Connections between them.
    """
    members: dict[tuple[Any, ...], list[tuple[Block, np.ndarray]]] = {}
    for block in blocks:
        if block.kind != NEURON:
            continue
        kind = block.model.neuron
        varying = [name for name in kind.shared if name in block.columns]
        keys = (
            [tuple(block.columns[name][k] for name in varying) for k in range(block.n)]
            if varying
            else [()]
        )
        for key in dict.fromkeys(keys):
            own = (
                np.array([k for k, of in enumerate(keys) if of == key])
                if varying
                else np.arange(block.n)
            )
            shared = dict(zip(varying, key, strict=True))
            identity = tuple(shared.get(name, block.defaults[name]) for name in kind.shared)
            shapes = tuple(
                len(value) for value in block.defaults.values() if isinstance(value, tuple)
            )
            lengths = tuple(
                len(block.get(name, int(own[0])))
                for name, value in block.defaults.items()
                if isinstance(value, tuple)
            )
            place = (block.model.name, identity, shapes and lengths)
            members.setdefault(place, []).append((block, own))
    gids = {
        number: np.concatenate([block.first + own for block, own in found])
        for number, found in enumerate(members.values(), first)
    }
    summed = SummedConnections(kernel, connections, gids)
    cells = [
        _cells(
            place[0],
            (found, dict(zip(_shared_names(found), place[1], strict=True))),
            number,
            summed,
            kernel,
        )
        for number, (place, found) in enumerate(members.items(), first)
    ]
    return cells, summed


def _shared_names(found: list[tuple[Block, np.ndarray]]) -> tuple[str, ...]:
    return found[0][0].model.neuron.shared


def _cells(
    name: str,
    of: tuple[list[tuple[Block, np.ndarray]], dict[str, Any]],
    number: int,
    summed: SummedConnections,
    kernel: Kernel,
) -> Cells:
    members, shared = of
    kind = members[0][0].model.neuron
    given = parameters_of(members, shared)
    cell = summed.cell(kind.make({**given, **kernel.common}), number)
    gids = np.concatenate([block.first + own for block, own in members])
    group = NeuronGroup(gids.size, cell.model, name=f"{name}_{number}")
    for receptor in cell.receptors:
        group.attach(receptor)
    for variable, value in cell.start.items():
        group.assign(variable, 0, group.N, value)
    I_e = given.get("I_e", 0.0)
    return Cells(name, kind, gids, cell, group, np.array(np.broadcast_to(I_e, gids.size)), given)


@dataclass(eq=False)
class Source:
    """A group of the network that spikes, with the node that each of its members stands for.

    Attributes
    ----------
    group : SpikeSource
    gids : int64 array (N,)
    """

    group: SpikeSource
    gids: np.ndarray
