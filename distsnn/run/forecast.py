"""What a network needs on so many ranks: neurons and synapses, memory, messages, time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from distsnn.build.budget import Budget, NetworkBudget
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.projections import Slice
from distsnn.exchange.measure import Link
from distsnn.plan.partition import owned_counts
from distsnn.plan.traffic import Traffic
from distsnn.run.calibration import Constants
from distsnn.run.messages import flight_bytes

PROGRAM, FLIGHT, MESSAGES = "program", "spikes on their way", "messages of all ranks"
_S = 1e-9


@dataclass(frozen=True, eq=False)
class Forecast:
    """What is expected of a network on `size` ranks.

    Attributes
    ----------
    size : int
    neurons, synapses : array (size,)
        Of each rank.
    rank : int
        The rank with most synapses, which memory and time are those of.
    budget : Budget
    traffic : Traffic
        With the rates given.
    rate : float, 1/ms
        Mean over all neurons and sources.
    memory : dict of str to float
        Bytes of that rank by part; without the program if nothing was measured.
    peak : float
        Bytes at the most, building included.
    duration : float, ms
        Biological time.
    seconds : dict of str to float
        Time by part; empty if nothing was measured. Without ``"exchange"`` if this machine has no
        MPI.
    """

    size: int
    neurons: np.ndarray
    synapses: np.ndarray
    rank: int
    budget: Budget
    traffic: Traffic
    rate: float
    memory: dict[str, float]
    peak: float
    duration: float
    seconds: dict[str, float]

    @property
    def wall_seconds(self) -> float:
        """Time of a run, building included."""
        return sum(self.seconds.values())

    @property
    def exchanges(self) -> float:
        """Number of exchanges in the whole time."""
        return self.duration / (self.budget.interval * self.budget.dt)


def forecast(
    network: NetworkBudget,
    size: int,
    rates: Sequence[float],
    duration: float,
    constants: Constants | None,
    link: Link | None,
) -> Forecast:
    """What is expected of a network.

    Parameters
    ----------
    network : NetworkBudget
    size : int
        Number of ranks.
    rates : sequence of float, 1/ms
        Of the neurons of each group.
    duration : float, ms
    constants : Constants or None
        What was measured of this network.
    link : Link or None
        What an exchange costs.
    """
    description = network.description
    groups = range(len(description.groups))
    counts = np.array(
        [owned_counts(description, Slice(g, 0, description.groups[g].size), size) for g in groups]
    ).reshape(-1, size)
    synapses = network.synapses_per_rank(size)
    rank = int(np.argmax(synapses if synapses.any() else counts.sum(axis=0)))
    budget = network.of_rank(rank, size)
    per_step = np.array(rates) * [group.size for group in description.groups] * description.dt
    of_ranks = (np.array(rates) @ counts) * description.dt * budget.interval
    spikes = float(per_step.sum())
    traffic = Traffic.of(size, budget.interval, spikes * budget.interval, float(of_ranks.max()))
    flight, messages = flight_bytes(budget, spikes), float(traffic.bytes_received)
    memory, peak = _memory(budget, constants, flight, messages)
    neurons = [isinstance(group, NeuronDescription) for group in description.groups]
    n_updated = int(counts[neurons].sum(axis=0).max())
    events = float(per_step @ network.fan_out) * synapses[rank] / max(1.0, synapses.sum())
    seconds: dict[str, float] = {}
    if constants is not None:
        steps = duration / description.dt
        seconds = {
            "start and build": _S * (constants.start + constants.synapse * synapses[rank]),
            "load program": _S * constants.compile,
            "update": _S * constants.update * n_updated * steps,
            "draws": _S * constants.draw * budget.n_draws * steps,
            "delivery": _S * constants.event * events * steps,
            "merge spikes": _S * constants.spike * spikes * steps,
        }
        if size > 1 and link is not None:
            each = _S * constants.call + exchange_seconds(link, traffic)
            seconds["exchange"] = each * steps / budget.interval
    total = sum(group.size for group in description.groups)
    mean = spikes / (total * description.dt) if total else 0.0
    return Forecast(
        size, counts.sum(axis=0), synapses, rank, budget, traffic, mean, memory, peak, duration,
        seconds,
    )  # fmt: skip


def exchange_seconds(link: Link, traffic: Traffic) -> float:
    """Time of one Allgather: a latency for each doubling of ranks, and all bytes received."""
    if traffic.size == 1:
        return 0.0
    rounds = float(np.ceil(np.log2(traffic.size)))
    arriving = traffic.bytes_received - traffic.bytes_sent
    return rounds * link.latency + link.per_byte * arriving


def _memory(
    budget: Budget, constants: Constants | None, flight: float, messages: float
) -> tuple[dict[str, float], float]:
    """Memory by part, and at the most."""
    running = 0.0 if constants is None else constants.running
    building = 0.0 if constants is None else constants.building
    parts = {PROGRAM: running} if constants is not None else {}
    parts |= budget.parts | {FLIGHT: flight, MESSAGES: messages}
    return parts, max(sum(parts.values()), building + budget.built + budget.building)
