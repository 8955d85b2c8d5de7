"""``Disconnect``: connections that end."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.errors import ParameterError, unknown_name
from distsnn.nest.connections.synapse_collection import GetConnections, SynapseCollection

_RULES = ("one_to_one", "all_to_all")


def Disconnect(*args: Any, conn_spec: Any = None, syn_spec: Any = None) -> None:
    """Remove connections; see NEST's ``Disconnect``. Collective.

    Parameters
    ----------
    *args : SynapseCollection, or two NodeCollections
        The connections, or their sources and targets.
    conn_spec : str or dict, optional
        ``one_to_one`` (the default) or ``all_to_all``: one connection of each of these pairs is
        removed.
    syn_spec : str or dict, optional
        Their model; ``static_synapse`` by default.

    Raises
    ------
    ParameterError
        If there is no such connection; after the first ``Simulate`` if their weights change by a
        rule, or one end is a device.
    """
    if len(args) == 1 and isinstance(args[0], SynapseCollection):
        args[0].disconnect()
        return
    if len(args) != 2:
        raise TypeError("nest.Disconnect takes connections, or sources and targets")
    rule, model = (
        _named(conn_spec, "rule", "one_to_one"),
        _named(syn_spec, "synapse_model", "static_synapse"),
    )
    if rule not in _RULES:
        unknown_name("nest.Disconnect: rule", rule, _RULES)
    source, target = (np.asarray(side, dtype=np.int64) for side in args)
    if rule == "one_to_one" and source.size != target.size:
        raise ParameterError(
            "nest.Disconnect", f"one_to_one from {source.size} nodes to {target.size}",
            "both have the same number of nodes", "slice the larger collection",
        )  # fmt: skip
    if rule == "all_to_all":
        source, target = (side.reshape(-1) for side in np.meshgrid(source, target))
    found = GetConnections(*args, model)
    places: dict[tuple[int, int], list[int]] = {}
    for place, ends in enumerate(zip(found.sources(), found.targets(), strict=True)):
        places.setdefault(ends, []).append(place)
    removed = []
    for ends in zip(source.tolist(), target.tolist(), strict=True):
        if not places.get(ends):
            raise ParameterError(
                "nest.Disconnect", f"there is no {model} from node {ends[0]} to node {ends[1]}",
                "connections that there are can be removed", "see nest.GetConnections",
            )  # fmt: skip
        removed.append(places[ends].pop(0))
    found[sorted(removed)].disconnect()


def _named(given: Any, key: str, default: str) -> str:
    """A name that is given alone or in a dictionary."""
    if given is None or isinstance(given, str):
        return given or default
    return str(given.get(key, default))
