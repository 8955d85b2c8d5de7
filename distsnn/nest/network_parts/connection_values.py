"""Weights, delays and variables of the connections of a network that has been made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from distsnn.errors import ParameterError
from distsnn.nest.connections.connection import Connection, Edges
from distsnn.nest.kernel import Kernel
from distsnn.nest.models.model_table import PARROT
from distsnn.nest.network_parts.connection_part import ConnectionPart
from distsnn.nest.network_parts.later_weights import LaterWeights
from distsnn.nest_models.statement_kind import StatementKind
from distsnn.nest_models.statement_synapses import ALL_SYNAPSES


class ConnectionValues:
    """Values that connections have now, and others that they are set to.

    Parameters
    ----------
    kernel : Kernel
    parts : mapping of int to sequence of ConnectionPart
        Of each call the synapses in the network.
    edges : callable
        From a call to all its connections, one by one.
    """

    def __init__(
        self,
        kernel: Kernel,
        parts: Mapping[int, Sequence[ConnectionPart]],
        edges: Callable[[Connection], Edges],
    ) -> None:
        self._kernel, self._parts, self._edges = kernel, parts, edges
        self._due = LaterWeights()
        # Weights that scripts have asked for since the last step.
        self._weights: dict[int, np.ndarray] = {}

    def forget_read(self) -> None:
        """Read weights anew from now on."""
        self._weights.clear()

    def next_change(self, step: int) -> float:
        """The first step after a given one from which there are other weights."""
        return self._due.next_after(step)

    def weights(self, connection: Connection) -> np.ndarray:
        """Weight of each connection of one call now, float64 (n,)."""
        if connection.number not in self._weights:
            now = self._weights_now(connection)
            self._weights[connection.number] = self._due.put_onto(connection, now)
        return self._weights[connection.number]

    def _weights_now(self, connection: Connection) -> np.ndarray:
        parts = self._parts.get(connection.number)
        edges = self._edges(connection)
        if not parts:
            return edges.values["weight"]
        found = np.array(edges.values["weight"]) if parts[0].at is not None else np.zeros(
            edges.source.size)  # fmt: skip
        for part in parts:
            at = slice(None) if part.at is None else part.at
            found[at] = part.sign * part.values("w")
        return found

    def variable(self, connection: Connection, name: str) -> np.ndarray | None:
        """Value (float64) of a variable of each connection of one call now; None without one."""
        kind, parts = ALL_SYNAPSES[connection.base], self._parts.get(connection.number)
        if not isinstance(kind, StatementKind) or name not in kind.units or not parts:
            return None
        found = np.zeros(self._edges(connection).source.size)
        for part in parts:
            found[part.at] = part.values(name)
        return found

    def set_variable(
        self, connection: Connection, name: str, at: np.ndarray, values: np.ndarray
    ) -> None:
        """Set a variable of some connections of one call. Collective."""
        parrots = self._kernel.kinds(self._edges(connection).target[at]) == {PARROT}
        if name == "p_transmit" and parrots:
            raise ParameterError(
                f"connections by {connection.name}", f"{name} was set after the first Simulate",
                "those onto parrots keep it", "set it before",
            )  # fmt: skip
        for part in self._parts[connection.number]:
            part.set_some(name, self._edges(connection).source.size, at, values)

    def set_delays(self, connection: Connection, at: np.ndarray, values: np.ndarray) -> None:
        """Set delays (ms) of some connections of one call. Collective.

        Raises
        ------
        ParameterError
            If they are those of devices, or of synapses that look back by their delay.
        """
        edges = self._edges(connection)
        parts = self._parts.get(connection.number)
        if not parts or ALL_SYNAPSES[connection.base].keeps_delay:
            raise ParameterError(
                "SynapseCollection.set",
                f"delays of {connection.name} were set after the first Simulate",
                "delays between neurons can be, which say when spikes arrive and nothing else",
                "set them before",
            )
        for part in parts:
            own, which = part.among(edges.source.size, at)
            if own.size:
                part.assign_delays(own, values[which], self._kernel.resolution)
        for known in {id(e): e for e in (edges, connection.edges) if e is not None}.values():
            known.values["delay"] = np.array(known.values["delay"])
            known.values["delay"][at] = values

    def set_weights(self, connection: Connection, at: np.ndarray, values: np.ndarray) -> None:
        """Set weights of some connections of one call. Collective."""
        parts = self._parts.get(connection.number)
        if not parts:
            raise ParameterError(
                "SynapseCollection.set",
                "weights of connections from devices were set after the first Simulate",
                "weights between neurons can be set then",
                "set the rate or the amplitude of the device, or the weight before",
            )
        for part in parts:
            part.refuse_other_sign(self._edges(connection).source.size, at, values)
        step, every = self._kernel.step, self._kernel.min_delay_steps()
        due = np.full(at.size, step)
        if not any(part.changes for part in parts):
            # As in NEST, spikes since the last exchange find the new weights.
            due = (-(-step // every) - 1) * every + self._steps_of(connection, at)
        self._due.put(connection, at, due, np.asarray(values))
        self.put_due(step)

    def _steps_of(self, connection: Connection, at: np.ndarray) -> np.ndarray:
        """Delays of some connections of one call, steps."""
        delay = self._edges(connection).values["delay"][at] / self._kernel.resolution
        return np.maximum(1, np.floor(delay + 0.5 + 1e-9)).astype(np.int64)

    def put_due(self, step: int) -> None:
        """Put the weights into the network that are due at a step."""
        self._weights.clear()
        for connection, at, values in self._due.take(step):
            size = self._edges(connection).source.size
            for part in self._parts[connection.number]:
                part.set_some("w", size, at, part.sign * values)

    def disconnect(self, connection: Connection, at: np.ndarray) -> None:
        """Remove some connections of one call: spikes from now on do not pass them.

        Raises
        ------
        ParameterError
            If their weights change by a rule, or their sources are devices.
        """
        parts = self._parts.get(connection.number)
        if not parts or any(part.changes for part in parts):
            raise ParameterError(
                f"Disconnect: {connection.name}",
                "connections were removed after the first Simulate",
                "those between neurons whose weights no rule changes can be removed then",
                "do it before",
            )
        self._weights.clear()
        # Spikes of before are still on their way.
        due = self._kernel.step + self._steps_of(connection, at)
        self._due.put(connection, at, due, np.zeros(at.size))
