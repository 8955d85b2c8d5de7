"""Functions on nodes and connections that NEST keeps beside the methods of collections."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from distsnn.exchange import current_world
from distsnn.nest.kernel import kernel
from distsnn.nest.nodes.block import Block
from distsnn.nest.nodes.collection import NodeCollection
from distsnn.nest.nodes.status import names_of, to_json, value_of


def GetStatus(nodes: Any, keys: Any = None, output: str = "") -> Any:
    """Values of nodes or connections: a dictionary, value or tuple for each.

    Those of nodes stand in a tuple, one value of each of several connections in a list.
    """
    found: Any
    if isinstance(keys, str):
        found = _each(nodes, nodes.get(keys))
        several = len(nodes) > 1 and not isinstance(nodes, NodeCollection)
        found = list(found) if several else tuple(found)
    elif keys is not None:
        found = tuple(zip(*(_each(nodes, nodes.get(key)) for key in keys), strict=True))
    elif isinstance(nodes, NodeCollection):
        found = tuple(one.get() for one in nodes)
    else:
        columns = {name: _each(nodes, values) for name, values in nodes.get().items()}
        rows = zip(*columns.values(), strict=True)
        found = tuple(
            {name: value for name, value in zip(columns, row, strict=True) if value is not None}
            for row in rows
        )
    return to_json(found) if output == "json" else found


def _each(nodes: Any, values: Any) -> Any:
    """Values that `get` gives, one for each node or connection."""
    return [values] if len(nodes) == 1 else values


def SetStatus(nodes: Any, params: Any, val: Any = None) -> None:
    """Set parameters of nodes or connections."""
    nodes.set({params: val} if isinstance(params, str) else params)


def GetNodes(properties: Any = None, local_only: bool = False) -> NodeCollection:
    """All nodes that have some properties."""
    del local_only
    gids = [
        block.first + member
        for block in kernel.blocks
        for member in range(block.n)
        if all(_is(block, member, k, v) for k, v in (properties or {}).items())
    ]
    return NodeCollection(np.array(gids, dtype=np.int64))


def _is(block: Block, member: int, name: str, value: Any) -> bool:
    """Whether a node has a value of a name."""
    return name in names_of(block) and bool(np.all(value_of(block, member, name) == value))


def GetLocalNodeCollection(nc: NodeCollection) -> NodeCollection:
    """All of the nodes: every rank knows and sets the values of all."""
    return nc


def PrintNodes() -> None:
    """Show all nodes, on rank 0."""
    if current_world().rank != 0:
        return
    for block in kernel.blocks:
        last = block.first + block.n - 1
        ids = f"{block.first}" if block.n == 1 else f"{block.first} .. {last}"
        sys.stdout.write(f"{ids:>20} {block.name}\n")


def message(*said: Any) -> None:
    """Show a message on rank 0: a text, or level, sender and text."""
    if current_world().rank == 0:
        sys.stdout.write(f"{': '.join(getattr(one, 'name', str(one)) for one in said)}\n")
