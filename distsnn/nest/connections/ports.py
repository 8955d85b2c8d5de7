"""Which ports the targets of connections have."""

from __future__ import annotations

import numpy as np

from distsnn.errors import ParameterError
from distsnn.nest.connections.connection import Connection
from distsnn.nest.kernel import kernel
from distsnn.nest.models.device_kinds import CURRENTS
from distsnn.nest.models.model_table import NEURON, PARROT
from distsnn.nest.nodes.block import Block
from distsnn.nest.values.parameter import Parameter
from distsnn.nest_models.cell_model import CellModel, NeuronKind
from distsnn.nest_models.saturating_nmda import NMDA, SATURATING
from distsnn.nest_models.synapse_kinds import SUMS

# Neurons whose synapses depress at port 1, and are as others at port 0.
DEPRESSING = "iaf_tum_2000"
# Kinds and cells by the identity of the kind and the numbers of its ports.
_cells: dict[tuple[int, tuple[int, ...]], tuple[NeuronKind, CellModel]] = {}


def check_ports(connection: Connection) -> None:
    """Check that the targets of connections have the ports that were given.

    Raises
    ------
    ParameterError
        If one has not.
    """
    given = connection.values["receptor_type"]
    if isinstance(given, Parameter) or connection.base in SUMS:
        return
    ports = np.unique(np.asarray(given, dtype=np.int64)).tolist()
    of = {block.model.name for block in kernel.blocks_of(connection.source)}
    for block in kernel.blocks_of(connection.target):
        name = block.model.name
        if of & CURRENTS:
            allowed = "currents have receptor_type 0", {0}
        elif block.kind == PARROT:
            allowed = "spikes at port 0 are repeated, others at port 1 not", {0, 1}
        elif name == DEPRESSING:
            allowed = "it has the ports 0 and 1", {0, 1}
        elif block.kind == NEURON:
            allowed = _of_neurons(block, connection.target, ports)
        else:
            continue
        for port in ports:
            if port not in allowed[1]:
                _refuse(connection, f"receptor_type={port} is not available in {name}", allowed[0])
        if name in SATURATING and NMDA in ports and not of <= SATURATING.keys():
            _refuse(
                connection, f"receptor_type={NMDA} of {name} from another model",
                f"sources of NMDA are {name} too",
            )  # fmt: skip


def _of_neurons(block: Block, target: np.ndarray, ports: list[int]) -> tuple[str, set[int]]:
    """Say which ports neurons have, and give those of some that all targets in a block have."""
    members = target[(target >= block.first) & (target < block.first + block.n)] - block.first
    lists = [name for name, value in block.defaults.items() if isinstance(value, tuple)]
    varying = any(name in block.columns for name in lists)
    have, said = set(ports), ""
    for member in members.tolist() if varying else [int(members[0])]:
        kind = block.model.neuron
        key = id(kind), tuple(len(block.get(name, member)) for name in lists)
        if key not in _cells:
            values = {name: np.asarray(block.get(name, member)) for name in lists}
            made = {**block.defaults, **values, **kernel.common}
            _cells[key] = kind, kind.make(made)
        cell = _cells[key][1]
        have &= {port for port in ports if cell.receptor(port, False) is not None}
        said = said or (
            f"ports are 1 to {len(cell.receptors)}"
            if cell.by_port
            else "its receptor_type is 0, and the sign of the weight says which receptor it is"
        )
    return said, have


def _refuse(connection: Connection, what: str, allowed: str) -> None:
    raise ParameterError(f"nest.Connect: {connection.name}", what, allowed, "correct it")
