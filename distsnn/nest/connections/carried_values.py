"""Ends of connections that carry values in each step."""

from __future__ import annotations

import numpy as np

from distsnn.errors import ParameterError
from distsnn.nest.connections.connection import Connection
from distsnn.nest.kernel import kernel
from distsnn.nest.models.model_table import NEURON
from distsnn.nest.nodes.block import Block
from distsnn.nest_models.cell_model import SummingModel
from distsnn.nest_models.statement_kind import StatementKind
from distsnn.nest_models.statement_synapses import ALL_SYNAPSES
from distsnn.nest_models.synapse_kinds import SUMS, SumKind


def check_carried(connection: Connection) -> None:
    """Check that all sources send, and all targets receive, what is carried.

    Raises
    ------
    ParameterError
        If a model does not.
    """
    kind = SUMS[connection.base]
    for block in kernel.blocks_of(connection.source):
        made = _model(block)
        if made is None or kind.sent not in made.sent:
            _refuse(connection, f"the source is {block.name}, which sends no {kind.sent}")
    for block in kernel.blocks_of(connection.target):
        made = _model(block)
        ports = {0} if made is None or not (kind.by_port and made.rate_ports) else made.rate_ports
        given = np.unique(np.asarray(connection.values["receptor_type"], dtype=np.int64)).tolist()
        if not {*given} <= {*ports}:
            _refuse(connection, f"receptor_type={given[0]} is not available in {block.name}")
        if made is None or not all(
            kind.received_by(made, port).keys() <= made.received.keys() for port in given
        ):
            what = ", ".join(kind.received)
            _refuse(connection, f"the target is {block.name}, which receives no {what}")


def check_one_step(connection: Connection) -> None:
    """Raise ParameterError if delays are longer than the models of synapses have them."""
    kind = ALL_SYNAPSES[connection.base]
    if isinstance(kind, StatementKind | SumKind) and kind.one_step and connection.longest > 1:
        raise ParameterError(
            f"nest.Connect: {connection.name}", f"a delay of {connection.delays[1]:g} ms",
            f"its delays are one step, {kernel.resolution:g} ms", "correct it",
        )  # fmt: skip


def _model(block: Block) -> SummingModel | None:
    if block.kind != NEURON:
        return None
    made = block.model.neuron.make({**block.defaults, **kernel.common}).model
    return made if isinstance(made, SummingModel) else None


def _refuse(connection: Connection, what: str) -> None:
    raise ParameterError(
        f"nest.Connect: {connection.name}",
        what,
        "rates, gap junctions and slow inward currents join neurons that have them",
        "connect others, such as lin_rate_ipn, hh_psc_alpha_gap, or astrocyte_lr_1994 to "
        "aeif_cond_alpha_astro",
    )
