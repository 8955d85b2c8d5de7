"""Parrots that are neurons of the network, because of what reaches them.

Others are trains, which are known before a run. Where neurons are sources of a parrot, it is a
neuron that spikes when a spike arrives. Where only plastic synapses lead to it, these find such a
neuron, and what it sends is its train.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence

import numpy as np

from distsnn.describe.models.lif_models import LIF
from distsnn.describe.models.receptors.delta_receptor import Delta
from distsnn.describe.models.receptors.exponential_receptor import Exponential
from distsnn.errors import ParameterError
from distsnn.front.monitors.spike_monitor import SpikeMonitor
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.nest.connections.connection import Connection
from distsnn.nest.kernel import Kernel
from distsnn.nest.models.device_kinds import WEIGHTS
from distsnn.nest.models.model_table import NEURON, PARROT, TRIPLET
from distsnn.nest.network_parts.neuron_cells import Cells
from distsnn.nest.nodes.block import Block
from distsnn.nest_models.cell_model import CellModel, NeuronKind

PARROTS = "parrot_neuron"
BY_CHANCE = "bernoulli_synapse"
# So large that no current changes its potential.
_INERT = LIF(C_m=1e300, tau_m=10.0, E_L=0.0, V_th=0.5, V_reset=0.0, t_ref=0.0)


def in_network(
    kernel: Kernel, blocks: Sequence[Block], connections: Iterable[Connection], carried: set[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Parrots that neurons of the network stand for.

    Parameters
    ----------
    kernel : Kernel
    blocks : sequence of Block
        New nodes.
    connections : iterable of Connection
        New connections.
    carried : set of str
        Models of synapses that are nothing to learn from.

    Returns
    -------
    two int64 array
        Global ids of those with sources in the network, and of all, ascending.

    Raises
    ------
    ParameterError
        If one has been a train up to now.
    """
    parrots, neurons = (
        np.concatenate([np.empty(0, np.int64), *(
            np.arange(b.first, b.first + b.n) for b in kernel.blocks if b.kind == kind)])
        for kind in (PARROT, NEURON)
    )  # fmt: skip
    onto = [(c, np.intersect1d(c.target, parrots)) for c in connections]
    onto = [one for one in onto if one[1].size]
    following = np.empty(0, np.int64)
    while True:
        inside = np.concatenate([neurons, following])
        found = [to for c, to in onto if np.isin(c.source, inside).any()]
        grown = np.unique(np.concatenate([following, *found]))
        if grown.size == following.size:
            break
        following = grown
    learned = [to for c, to in onto if c.base not in carried or WEIGHTS in c.nodes]
    every = np.unique(np.concatenate([following, *learned]))
    first = blocks[0].first if blocks else kernel.size + 1
    if every.size and every[0] < first and not kernel.is_fresh:
        raise ParameterError(
            "nest.Connect",
            f"node {int(every[0])} is a parrot_neuron that is there since before",
            "neurons and plastic synapses lead to parrots from the first Simulate on",
            "connect them before, or create another parrot",
        )
    return following, every


def parrot_cells(gids: np.ndarray, taus: tuple[float, float], number: int) -> Cells:
    """Parrots as a group of the network, whose first receptor makes them spike.

    Their traces have the time constants `taus`, ms: of pairs, and of triplets.
    """
    receptors = Delta(name="arrived"), Exponential(5.0, name="ignored")
    group = NeuronGroup(gids.size, _INERT, name=f"{PARROTS}_{number}")
    for receptor in receptors:
        group.attach(receptor)
    group.assign("V_m", 0, group.N, 0.0)
    cell = CellModel(_INERT, receptors, {}, tau_minus=taus[0])
    kind = NeuronKind({}, (), lambda _: cell)
    given = dict.fromkeys(TRIPLET, taus[1])
    return Cells(PARROTS, kind, gids, cell, group, np.zeros(gids.size), given)


def refuse_chance(connection: Connection, refused: np.ndarray) -> None:
    """Raise ParameterError if a parrot would repeat what chance holds back on its way."""
    if connection.base in {BY_CHANCE, "quantal_stp_synapse"} and refused.any():
        raise ParameterError(
            f"nest.Connect: {connection.name}",
            f"{connection.base} leads to a parrot_neuron",
            f"parrots get the spikes of generators and of other parrots by {BY_CHANCE} without a "
            "weight_recorder, those of neurons by synapses that send each spike",
            "connect the neurons behind the parrot by it",
        )


class Repeated:
    """Warns where several spikes reach a parrot in one step, which repeats one of them."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        name = f"{cells.group.name}_arrived"
        self.monitor = SpikeMonitor(cells.group, variables="V_m", name=name)
        self._seen = 0

    def check(self) -> None:
        """Warn of what has come since the last time."""
        arrived = np.asarray(self.monitor.values_now("V_m"))[self._seen :]
        index = np.asarray(self.monitor.values_now("i"))[self._seen :]
        self._seen += arrived.size
        several = index[arrived > 1.5]
        if several.size:
            warnings.warn(
                f"{several.size} times several spikes reached a parrot_neuron in one step, first "
                f"node {int(self.cells.gids[several[0]])}: it repeats one of them where neurons "
                "are its sources, and plastic synapses onto it see one",
                stacklevel=2,
            )
