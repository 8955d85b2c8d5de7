"""Collections of connections, as ``nest.SynapseCollection``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.errors import ParameterError, unknown_name
from distsnn.nest.connections.connection import Connection, Edges
from distsnn.nest.connections.explicit import known_edges
from distsnn.nest.connections.synapse_limits import check_limits
from distsnn.nest.kernel import kernel
from distsnn.nest.models.model_table import RECORDER, STIMULATOR
from distsnn.nest.nodes.collection import NodeCollection
from distsnn.nest.nodes.status import data_frame
from distsnn.nest_models.eprop.eprop_synapses import OF_MODEL, OPTIMIZER, RATE, RATE_NOW
from distsnn.nest_models.statement_synapses import ALL_SYNAPSES

_FACTS = ("source", "target", "synapse_model", "synapse_id", "target_thread", "port", "sizeof")
_WHOLE = {"source", "target", "receptor", "port", "synapse_id", "target_thread", "sizeof"}


@dataclass(frozen=True, eq=False)
class _Some:
    """Some connections of one call: their places among all of it, ascending or as asked."""

    connection: Connection
    at: np.ndarray


class SynapseCollection:
    """Connections; ``GetConnections`` makes them.

    Parameters
    ----------
    some : sequence of _Some
    order : int64 array (n,), optional
        The places, among the connections of all of `some` one after the other, of what is listed;
        by default as they are.
    """

    __slots__ = ("_ends", "_order", "_some")

    def __init__(self, some: Sequence[_Some] = (), order: np.ndarray | None = None) -> None:
        kept = [one for one in some if one.at.size]
        ends = np.cumsum([one.at.size for one in kept], dtype=np.int64)
        n = int(ends[-1]) if kept else 0
        object.__setattr__(self, "_some", kept)
        # Of each part the first place behind it.
        object.__setattr__(self, "_ends", ends)
        object.__setattr__(self, "_order", np.arange(n) if order is None else order)

    @property
    def _parts(self) -> list[_Some]:
        return self._some

    def __len__(self) -> int:
        return int(self._ends[-1]) if self._some else 0

    def __bool__(self) -> bool:
        return len(self) > 0

    def __iter__(self) -> Iterator[SynapseCollection]:
        for k in range(len(self)):
            yield self[k]

    def __getitem__(self, key: Any) -> SynapseCollection:
        place = np.atleast_1d(self._order[key])
        if place.size == 1:
            part = int(np.searchsorted(self._ends, place[0], side="right"))
            one = self._some[part]
            first = int(self._ends[part]) - one.at.size
            return SynapseCollection([_Some(one.connection, one.at[place - first])])
        found, listed, first = [], [np.empty(0, np.int64)], 0
        for one in self._parts:
            own = np.flatnonzero((place >= first) & (place < first + one.at.size))
            found.append(_Some(one.connection, one.at[place[own] - first]))
            listed.append(own)
            first += one.at.size
        return SynapseCollection(found, np.argsort(np.concatenate(listed)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SynapseCollection) and self.get(_FACTS[:2]) == other.get(
            _FACTS[:2]
        )

    __hash__ = None  # type: ignore[assignment]  # as in NEST

    def _of(self, name: str) -> np.ndarray:
        if name == "synapse_id":
            ids = {model: k for k, model in enumerate(kernel.synapse_models)}
            parts = [np.full(one.at.size, ids[one.connection.name]) for one in self._parts]
        elif name == "synapse_model":
            parts = [np.full(one.at.size, one.connection.name, object) for one in self._parts]
        else:
            # As in NEST, connections whose model has no such parameter have None.
            parts = [
                _values(one, name)
                if name in _names_of(one)
                else np.full(one.at.size, None, dtype=object)
                for one in self._parts
            ]
        return np.concatenate(parts)[self._order]

    def _names(self) -> list[str]:
        return sorted({name for one in self._parts for name in _names_of(one)})

    def get(self, keys: Any = None, output: str = "") -> Any:
        """Values of parameters: see NEST's ``SynapseCollection.get``."""
        if not self:
            return [] if isinstance(keys, str) else {}
        names = self._names() if keys is None else [keys] if isinstance(keys, str) else list(keys)
        found = {}
        for name in names:
            if name not in self._names():
                unknown_name("SynapseCollection", name, self._names())
            values = self._of(name)
            listed = values.astype(np.int64).tolist() if name in _WHOLE else values.tolist()
            found[name] = listed[0] if len(self) == 1 else listed
        if output == "json":
            return json.dumps(found[keys] if isinstance(keys, str) else found)
        if output == "pandas":
            index = self._of("source").tolist()
            return data_frame(found, index)
        return found[keys] if isinstance(keys, str) else found

    def set(self, params: Any = None, **named: Any) -> None:
        """Set parameters: see NEST's ``SynapseCollection.set``."""
        if named and params is not None:
            raise TypeError("parameters are given as a dictionary or by name, not both")
        params = named if params is None else params
        if not self:
            return
        if not isinstance(params, Mapping):
            rows = list(params)
            if len(rows) != len(self):
                raise TypeError(f"{len(rows)} dictionaries for {len(self)} connections")
            params = {name: [row[name] for row in rows] for name in rows[0]}
        for name, value in _flat(params).items():
            known = set.intersection(*map(_names_of, self._parts)).difference(_FACTS)
            if name not in known:
                unknown_name("SynapseCollection.set", name, sorted(known))
            values, first = np.empty(len(self)), 0
            values[self._order] = value
            for one in self._parts:
                _set(one, name, values[first : first + one.at.size])
                first += one.at.size

    def disconnect(self) -> None:
        """Remove the connections. Collective.

        Raises
        ------
        ParameterError
            After the first ``Simulate`` if their weights change by a rule, or one end is a device.
        """
        for one in self._parts:
            _remove(one)

    @property
    def distance(self) -> Any:
        """The distance of source and target of each connection (float); NaN without positions."""
        if not self:
            return []
        ends = self._of("source"), self._of("target")
        found = np.full(len(self), np.nan)
        for k, gids in enumerate(zip(*ends, strict=True)):
            blocks = [kernel.block_of(int(gid)) for gid in gids]
            of, to = (block.layer for block in blocks)
            if of is None or to is None:
                continue
            own = [gid - block.first for gid, block in zip(gids, blocks, strict=True)]
            away = to.positions[own[1]] - of.positions[own[0]]
            if to.edge_wrap:
                away = away - to.extent * np.round(away / to.extent)
            found[k] = np.sqrt((away**2).sum())
        return found.tolist()

    def sources(self) -> Iterator[int]:
        """Global ids of the sources."""
        return iter(self._of("source").tolist() if self else [])

    def targets(self) -> Iterator[int]:
        """Global ids of the targets."""
        return iter(self._of("target").tolist() if self else [])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or (self and name not in self._names()):
            raise AttributeError(
                f"connections have no {name}; they have {', '.join(self._names())}"
            )
        return self.get(name)

    def __setattr__(self, name: str, value: Any) -> None:
        self.set({name: value})

    def __str__(self) -> str:
        if not self:
            return "The synapse collection does not contain any connections."
        rows = zip(*(self._of(n).tolist() for n in (*_FACTS[:3], "weight", "delay")), strict=True)
        head = " source   target   synapse model   weight   delay \n"
        rule = "-------- -------- --------------- -------- -------\n"
        lines = [f"{s:>7} {t:>8} {m:>15} {w:>#8.4g} {d:>#7.4g}" for s, t, m, w, d in rows]
        if len(lines) > 30:
            lines = [*lines[:15], " ...", *lines[-15:]]
        return head + rule + "\n".join(lines)

    __repr__ = __str__


def _names_of(one: _Some) -> set[str]:
    """Names of all values that connections of one call have."""
    values = one.connection.values
    return {*_FACTS, *("receptor" if name == "receptor_type" else name for name in values)}


def _flat(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters with those of dictionaries ``optimizer``, one or one for each connection."""
    found = dict(params)
    given = found.pop(OPTIMIZER, {})
    if isinstance(given, Mapping):
        return found | dict(given)
    return found | {name: [row[name] for row in given] for name in given[0]}


def _edges(connection: Connection) -> Edges:
    """All connections of one call."""
    known = known_edges(connection, kernel.settings["rng_seed"])
    return kernel.network().edges(connection) if known is None else known


def _values(one: _Some, name: str) -> np.ndarray:
    """Values (float64, or int64 of ids) of some connections of one call, as they are now."""
    edges = _edges(one.connection)
    name = "receptor_type" if name == "receptor" else name
    if name == "source":
        return edges.source[one.at]
    if name == "target":
        return edges.target[one.at]
    made = kernel.running is not None or kernel.step > 0
    if name == "weight" and made and not one.connection.records:
        return kernel.network().connected.weights(one.connection)[one.at]
    if name == "delay":
        steps = np.floor(edges.values[name][one.at] / kernel.resolution + 0.5 + 1e-9)
        return np.asarray(kernel.ms(np.maximum(steps, 1.0)))
    now = kernel.network().connected.variable(one.connection, name) if made else None
    if now is not None:
        return now[one.at]
    if name in edges.values:
        return edges.values[name][one.at]
    if name in one.connection.values:
        return np.full(one.at.size, one.connection.values[name])
    return np.zeros(one.at.size)


def _set(one: _Some, name: str, values: np.ndarray) -> None:
    """Set a value of some connections of one call: before the first run all, then weights."""
    if one.connection.records:
        if np.any(_values(one, name) != values):
            _refuse(one.connection, name, "those of recorders are set by nest.Connect")
        return
    connection = one.connection
    check_limits(connection.base, name, values)
    if connection.remaining(one.at).size < one.at.size:
        _refuse(connection, name, "some of them have been removed")
    if kernel.is_fresh:
        edges = _edges(connection)
        every = _Some(connection, np.arange(edges.source.size))
        kept = {**edges.values, "weight": _values(every, "weight")}
        if name not in kept:
            if name not in ALL_SYNAPSES[connection.base].varying:
                _refuse(connection, name, "all connections of one call have one value")
            kept[name] = np.full(edges.source.size, connection.values[name])
        kept[name] = np.array(kept[name])
        kept[name][one.at] = values
        connection.edges = type(edges)(edges.source, edges.target, kept)
        if name == "delay":
            connection.delays = float(kept[name].min()), float(kept[name].max())
        kernel.running = None
    elif name == "weight":
        kernel.network().connected.set_weights(connection, one.at, values)
    elif name == "delay" and np.any(_values(one, name) != values):
        _set_delays(one, values)
    elif kernel.network().connected.variable(connection, name) is not None:
        kernel.network().connected.set_variable(connection, name, one.at, values)
    elif np.any(_values(one, name) != values):
        _refuse(connection, name, "after the first Simulate only weights and delays can be set")


def optimize_by(connection: Connection, defaults: Mapping[str, Any]) -> None:
    """Let the synapses of one call change by the optimizer of their model as it is now."""
    changed = {n: defaults[n] for n in OF_MODEL if connection.values[n] != defaults[n]}
    if not changed:
        return
    if changed.keys() > {RATE} or (RATE not in changed):
        kernel.drop_network(f"the optimizer of {connection.name} was set")
    connection.values |= changed
    every = _Some(connection, np.arange(_edges(connection).source.size))
    for name in (RATE, RATE_NOW) if kernel.is_fresh else (RATE,):
        if name in changed:
            _set(every, name, np.full(every.at.size, changed[name]))


def _set_delays(one: _Some, values: np.ndarray) -> None:
    """Set delays (ms) after the first run."""
    shortest, longest = kernel.min_delay_steps(), kernel.max_delay_steps()
    steps = np.floor(values / kernel.resolution + 0.5 + 1e-9)
    if np.any((steps < shortest) | (steps > longest)):
        allowed = f"min_delay={kernel.ms(shortest):g} ms and max_delay={kernel.ms(longest):g} ms"
        _refuse(one.connection, "delay", f"after the first Simulate it lies between {allowed}")
    kernel.network().connected.set_delays(one.connection, one.at, values)


def _remove(one: _Some) -> None:
    connection, at = one.connection, one.connection.remaining(one.at)
    if connection.records:
        raise ParameterError(
            "Disconnect", "a connection of a recorder", "nodes that record stay connected",
            "set start and stop of the recorder",
        )  # fmt: skip
    edges = _edges(connection)
    for name, gids in zip(connection.elements or (), (edges.source, edges.target), strict=False):
        kernel.structure.connect(kernel.blocks, name, gids[at], -1)
    if not kernel.is_fresh:
        kernel.network().connected.disconnect(connection, at)
        if connection.removed is None:
            connection.removed = np.zeros(edges.source.size, dtype=bool)
        connection.removed[at] = True
        return
    keep = np.delete(np.arange(edges.source.size), at)
    kept = {
        **edges.values,
        "weight": _values(_Some(connection, np.arange(edges.source.size)), "weight"),
    }
    connection.edges = Edges(
        edges.source[keep], edges.target[keep], {n: v[keep] for n, v in kept.items()}
    )
    kernel.running = None


def _refuse(connection: Connection, name: str, allowed: str) -> None:
    raise ParameterError(
        f"connections by {connection.name}",
        f"{name} was set of single connections",
        allowed,
        "give it to nest.Connect, or set it before the first Simulate",
    )


def GetConnections(
    source: Any = None,
    target: Any = None,
    synapse_model: str | None = None,
    synapse_label: int | None = None,
) -> SynapseCollection:
    """Connections between nodes; see NEST's ``GetConnections``.

    Parameters
    ----------
    source, target : NodeCollection, optional
        Without one, all nodes.
    synapse_model : str, optional
    synapse_label : int, optional
        Refused: connections have no labels.

    Returns
    -------
    SynapseCollection
        By model of synapses, then by source, then in the order in which they were made; those of
        stimulating devices come last of each model. NEST with one thread sorts by model and source.
    """
    if synapse_label is not None:
        raise ParameterError(
            "nest.GetConnections", "synapse_label", "connections have no labels",
            "use a copy of the model of synapses for each label",
        )  # fmt: skip
    if synapse_model is not None:
        kernel.model(synapse_model)
    chosen = [None if side is None else _gids(side) for side in (source, target)]
    found = []
    for connection in (*kernel.connections, *kernel.recorded):
        if synapse_model is not None and connection.name != synapse_model:
            continue
        own = (connection.source, connection.target)
        if any(c is not None and not np.isin(o, c).any() for c, o in zip(chosen, own, strict=True)):
            continue
        edges = _edges(connection)
        keep = np.ones(edges.source.size, dtype=bool)
        for gids, ends in zip(chosen, (edges.source, edges.target), strict=True):
            if gids is not None:
                keep &= np.isin(ends, gids)
        found.append(_Some(connection, connection.remaining(np.flatnonzero(keep))))
    return SynapseCollection(found, _listed(found))


def _listed(found: Sequence[_Some]) -> np.ndarray:
    """The order in which NEST lists connections."""
    models = [*sorted(ALL_SYNAPSES), *(x for x in kernel.synapse_models if x not in ALL_SYNAPSES)]
    some = [one for one in found if one.at.size]
    keys = [np.empty((3, 0), np.int64)]
    for one in some:
        source = _values(one, "source")
        ends = one.connection.source, one.connection.target
        kinds = [kernel.block_of(int(side[0])).kind for side in ends]
        device = 2 if kinds[0] in {STIMULATOR, RECORDER} else int(kinds[1] == RECORDER)
        model = models.index(one.connection.name)
        # Those to recorders stand in the order in which they were made.
        first = 0 * source if device == 1 else source
        keys.append(np.stack([first, 0 * source + device, 0 * source + model]))
    return np.lexsort(np.concatenate(keys, axis=1))


def _gids(nodes: Any) -> np.ndarray:
    if not isinstance(nodes, NodeCollection):
        raise ParameterError(
            "nest.GetConnections", f"{nodes!r} is no NodeCollection",
            "source and target are NodeCollections", "write nest.NodeCollection([...])",
        )  # fmt: skip
    return nodes.gids
