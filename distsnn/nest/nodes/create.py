"""``Create``: nodes of a model, with parameters and positions."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.describe.values.given import whole_number
from distsnn.errors import ParameterError
from distsnn.nest.kernel import kernel
from distsnn.nest.models.model_table import RECORDER, SYNAPSE
from distsnn.nest.nodes.block import Block
from distsnn.nest.nodes.collection import NodeCollection


def Create(model: str, n: Any = 1, params: Any = None, positions: Any = None) -> NodeCollection:
    """Create nodes; see NEST's ``Create``.

    Parameters
    ----------
    model : str
        Name of a model of `node_models`, or of a copy of one.
    n : int
        Number of nodes; without meaning where `positions` says it. A dictionary in its place is
        taken as `params` of one node.
    params : dict or list of dict, optional
        Parameters: of each a value, an array (n,), or a parameter of ``nest.random`` and others.
    positions : nest.spatial.grid or nest.spatial.free, optional

    Returns
    -------
    NodeCollection

    Raises
    ------
    ParameterError
        If there is no such model or parameter.
    """
    if isinstance(n, dict):
        n, params = 1, n
    found = kernel.model(model)
    if found.kind == SYNAPSE:
        raise ParameterError(
            "nest.Create", f"{model} is a model of synapses", "nodes are neurons and devices",
            "name it in the syn_spec of nest.Connect",
        )  # fmt: skip
    if found.kind != RECORDER:
        kernel.add_to_network()
    layer = None
    if positions is not None:
        layer = positions.layer(n, kernel.draws("positions"))
        n = len(layer.positions)
    number = whole_number(n, 1)
    if number is None:
        raise ParameterError("nest.Create", f"n={n!r}", "n is a whole number >= 1", "correct n")
    block = Block(found, model, kernel.size + 1, number, dict(found.defaults), layer=layer)
    kernel.blocks.append(block)
    nodes = NodeCollection(np.arange(block.first, block.first + number))
    with kernel.timed("construction_create"):
        try:
            nodes.set(params or {})
        except Exception:
            kernel.blocks.remove(block)
            raise
    return nodes
