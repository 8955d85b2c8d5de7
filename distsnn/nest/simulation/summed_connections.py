"""Connections that carry values in each step: sums over the sources of each neuron."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from distsnn.describe.synapses.rules import Pairs
from distsnn.errors import ParameterError
from distsnn.front.synapses.equation_synapses import EquationSynapses
from distsnn.nest.connections.carried_values import check_one_step
from distsnn.nest.connections.connection import Connection, Edges
from distsnn.nest.connections.explicit import explicit_edges
from distsnn.nest.kernel import Kernel
from distsnn.nest.network_parts.connection_part import ConnectionPart
from distsnn.nest.network_parts.neuron_cells import Cells
from distsnn.nest_models.cell_model import CellModel, SummingModel
from distsnn.nest_models.statement_kind import StatementKind
from distsnn.nest_models.statement_synapses import ALL_SYNAPSES
from distsnn.nest_models.synapse_kinds import SUMS, WEIGHT, Channel, with_channels


def refuse_late(connections: Sequence[Connection]) -> None:
    """Raise ParameterError if there are connections that neurons have to be made for."""
    for connection in connections:
        kind = ALL_SYNAPSES[connection.base]
        if connection.base in SUMS or (isinstance(kind, StatementKind) and kind.one_delay):
            raise ParameterError(
                "nest.Connect",
                f"{connection.name} was connected after the first Simulate",
                "neurons keep what such connections read from the beginning on",
                "connect them before",
            )


class SummedConnections:
    """All connections between groups of neurons that are sums.

    Parameters
    ----------
    kernel : Kernel
    connections : sequence of Connection
        Those of all models.
    groups : mapping of int to int64 array (n,)
        Global ids of the neurons of each group.
    """

    def __init__(
        self,
        kernel: Kernel,
        connections: Sequence[Connection],
        groups: Mapping[int, np.ndarray],
    ) -> None:
        self._groups = groups
        # Values without delays are there in the first step where NEST iterates them.
        self._first = int(not kernel.settings["use_wfr"])
        # Of each channel the calls whose connections come through it: all of them, and which.
        self._members: dict[Channel, list[tuple[Connection, Edges, np.ndarray]]] = {}
        # Of each group the steps that plastic synapses onto it look back.
        self._back: dict[int, int] = {}
        for connection in connections:
            kind = ALL_SYNAPSES[connection.base]
            if connection.base in SUMS:
                self._add(connection, kernel.settings["rng_seed"])
            elif isinstance(kind, StatementKind) and kind.of_target:
                back = (kind.else_where or kind).looks_back(connection.longest)
                for number in np.unique(self._numbers(connection.target)).tolist():
                    self._back[number] = max(back, self._back.get(number, 0))

    def _add(self, connection: Connection, seed: int) -> None:
        # NEST connects these with any delay, and takes none into account.
        check_one_step(connection)
        edges = explicit_edges(connection, seed)
        steps = np.zeros(edges.source.size, dtype=np.int64)
        kind = SUMS[connection.base]
        if kind.delayed:
            steps = np.floor(edges.values["delay"] / connection.dt + 0.5 + 1e-9).astype(np.int64)
        ports = edges.values["receptor_type"].astype(np.int64) * kind.by_port
        keys = np.stack([self._numbers(edges.source), self._numbers(edges.target), steps, ports])
        found, which = np.unique(keys, axis=1, return_inverse=True)
        for k, (source, target, delay, port) in enumerate(found.T.tolist()):
            since = delay - int(kind.from_start) if kind.delayed else self._first
            channel = Channel(connection.base, source, target, delay, since, port)
            at = np.flatnonzero(np.asarray(which).reshape(-1) == k)
            self._members.setdefault(channel, []).append((connection, edges, at))

    def _numbers(self, gids: np.ndarray) -> np.ndarray:
        """The number of the group of each node, -1 without one."""
        found = np.full(gids.size, -1, dtype=np.int64)
        for number, of in self._groups.items():
            found[np.isin(gids, of)] = number
        return found

    def cell(self, cell: CellModel, number: int) -> CellModel:
        """The cell of a group with all that it receives and sends."""
        return with_channels(cell, number, [*self._members], self._back.get(number, 0))

    def parts(self, cells: Mapping[int, Cells]) -> dict[int, list[ConnectionPart]]:
        """The synapses, as parts of each call of ``Connect``; `cells` are the groups."""
        found: dict[int, list[ConnectionPart]] = {}
        for channel, members in self._members.items():
            index = {
                side: self._index(cells[side].gids) for side in (channel.source, channel.target)
            }
            i, j, w = (
                np.concatenate(parts)
                for parts in (
                    [index[channel.source][e.source[at]] for _, e, at in members],
                    [index[channel.target][e.target[at]] for _, e, at in members],
                    [e.values["weight"][at] for _, e, at in members],
                )
            )
            target = cells[channel.target].cell.model
            assert isinstance(target, SummingModel)
            synapses = EquationSynapses(
                cells[channel.source].group,
                cells[channel.target].group,
                channel.model(target),
                name=f"{channel.base}_{channel.source}_{channel.target}_{channel.delay}"
                + (f"_{channel.port}" if channel.port else ""),
            )
            synapses.connect(Pairs(i, j))
            setattr(synapses, WEIGHT, w)
            for variable, name in channel.kind.factors.items():
                given = [(c.values[name], e.values.get(name), at) for c, e, at in members]
                parts = [np.full(at.size, x) if v is None else v[at] for x, v, at in given]
                setattr(synapses, variable, np.concatenate(parts))
            first = 0
            for connection, e, at in members:
                part = ConnectionPart(synapses, 1.0, at, e.source[at], e.target[at], 0, first)
                found.setdefault(connection.number, []).append(part)
                first += at.size
        return found

    def _index(self, gids: np.ndarray) -> np.ndarray:
        """Index in a group of each global id."""
        found = np.empty(int(gids[-1]) + 1, dtype=np.int64)
        found[gids] = np.arange(gids.size)
        return found
