"""Ends of connections that carry values in each step."""

from __future__ import annotations

import numpy as np

from distsnn.errors import ParameterError
from distsnn.nest.connections.connection import Connection
from distsnn.nest.kernel import kernel
from distsnn.nest.models.model_table import NEURON
from distsnn.nest.nodes.block import Block
from distsnn.nest_models.cell_model import SummingModel
from distsnn.nest_models.synapse_kinds import SUMS


def check_carried(connection: Connection) -> None:
    """Check that all sources send, and all targets receive, what is carried.

    Raises
    ------
    ParameterError
        If a model does not.
    """
    kind = SUMS[connection.base]
    for block in _blocks(connection.source):
        made = _model(block)
        if made is None or kind.sent not in made.sent:
            _refuse(connection, f"the source is {block.name}, which sends no {kind.sent}")
    for block in _blocks(connection.target):
        made = _model(block)
        if made is None or not kind.received.keys() <= made.received.keys():
            what = ", ".join(kind.received)
            _refuse(connection, f"the target is {block.name}, which receives no {what}")


def _blocks(gids: np.ndarray) -> list[Block]:
    first = (gids[gids >= block.first] for block in kernel.blocks)
    return [
        block
        for block, after in zip(kernel.blocks, first, strict=True)
        if (after < block.first + block.n).any()
    ]


def _model(block: Block) -> SummingModel | None:
    if block.kind != NEURON:
        return None
    made = block.model.neuron.make({**block.defaults, "dt": kernel.resolution}).model
    return made if isinstance(made, SummingModel) else None


def _refuse(connection: Connection, what: str) -> None:
    raise ParameterError(
        f"nest.Connect: {connection.name}",
        what,
        "rates, gap junctions and slow inward currents join neurons that have them",
        "connect others, such as lin_rate_ipn, hh_psc_alpha_gap, or astrocyte_lr_1994 to "
        "aeif_cond_alpha_astro",
    )
