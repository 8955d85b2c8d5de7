"""Needs of a network in a job of some shape: neurons, synapses, memory, messages, time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from distsnn.describe.groups import NeuronDescription
from distsnn.describe.synapses.projections import Slice
from distsnn.exchange.measure import LinkSpeed
from distsnn.forecast.calibration import Constants
from distsnn.forecast.memory_budget import Budget, NetworkBudget
from distsnn.forecast.spike_memory import flight_bytes, message_buffer_bytes
from distsnn.layout.job_shape import JobShape
from distsnn.layout.message_sizes import Traffic
from distsnn.layout.partition import owned_counts

PROGRAM, FLIGHT, MESSAGES = "program", "spikes on their way", "messages of all ranks"
MONITORS, TRIALS = "monitors", "states of further trials"
_S = 1e-9
# Bytes of a rank that has loaded its compiled network, without the network's arrays: Python, its
# libraries and MPI. 229 MB were measured; what a network adds to it is measured by a calibration.
PROGRAM_BYTES = 2.5e8
# Seconds of a barrier in compiled code for each member, all counting in one line of the cache:
# two threads that do nothing else meet in 0.6 to 1 us.
BARRIER = 0.4e-6


@dataclass(frozen=True, eq=False)
class Forecast:
    """The forecast of a network in a job.

    Attributes
    ----------
    shape : JobShape
    part : JobShape
        The ranks that run the same trials; `shape` where ranks divide neurons.
    trials : int
        Number of trials of each of these parts.
    neurons, synapses : array (part.size,)
        Of each thread of each rank of a part.
    rank : int
        The rank with most synapses, which memory is that of.
    budget : Budget
        Of the thread with most synapses, which time is that of.
    traffic : Traffic
        Among ranks, with the rates given.
    buffers : int
        Bytes of the memory in which all of a node, or of a rank, read each other's spikes.
    in_shared_memory : bool
        Whether nobody is outside of that, so that no messages are sent.
    rate : float, 1/ms
        Mean over all neurons and sources.
    memory : dict of str to float
        Bytes of that rank by part; the program is an estimate if nothing was measured.
    peak : float
        Bytes at the most, building included.
    duration : float, ms
        Biological time.
    seconds : dict of str to float
        Time by part; empty if nothing was measured. Without ``"exchange"`` if messages are sent
        and this machine has no MPI.
    """

    shape: JobShape
    part: JobShape
    trials: int
    neurons: np.ndarray
    synapses: np.ndarray
    rank: int
    budget: Budget
    traffic: Traffic
    buffers: int
    in_shared_memory: bool
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
        return self.trials * self.duration / (self.budget.interval * self.budget.dt)


def forecast(
    network: NetworkBudget,
    shape: JobShape,
    rates: Sequence[float],
    duration: float,
    constants: Constants | None,
    link: LinkSpeed | None,
) -> Forecast:
    """Forecast a network.

    Parameters
    ----------
    shape : JobShape
        Ranks, their threads, and nodes.
    rates : sequence of float, 1/ms
        Of the neurons of each group.
    duration : float, ms
    constants : Constants or None
        What was measured of this network.
    link : LinkSpeed or None
        What an exchange by messages costs.
    """
    whole = shape
    shape, trials = network.share_of(whole)
    description = network.description
    groups = range(len(description.groups))
    counts = np.array(
        [
            owned_counts(description, Slice(g, 0, description.groups[g].size), shape.size)
            for g in groups
        ]
    ).reshape(-1, shape.size)
    synapses = network.synapses_per_rank(shape.size)
    load = synapses if synapses.any() else counts.sum(axis=0)
    rank = int(np.argmax(load.reshape(shape.ranks, shape.threads).sum(axis=1)))
    budgets = _budgets(network, shape, rank, np.vstack([counts, synapses]))
    budget = network.of_rank(int(np.argmax(load)), shape.size)
    per_step = np.array(rates) * [group.size for group in description.groups] * description.dt
    spikes = float(per_step.sum())
    of_parts = (np.array(rates) @ counts) * description.dt * budget.interval
    of_ranks = of_parts.reshape(shape.ranks, shape.threads).sum(axis=1)
    traffic = Traffic.of(
        shape.ranks, budget.interval, spikes * budget.interval, float(of_ranks.max())
    )
    buffers, in_shared_memory = message_buffer_bytes(shape, budget)
    messages = traffic.bytes_received + float(buffers)
    if in_shared_memory:
        messages = buffers / shape.ranks
    others = {MESSAGES: messages, MONITORS: trials * network.recorded(shape.ranks)}
    memory, peak = _memory(budgets, constants, spikes, others)
    memory[TRIALS] = (trials - 1) * sum(b.of_trial + flight_bytes(b, spikes) for b in budgets)
    peak += memory[TRIALS]
    seconds: dict[str, float] = {}
    if constants is not None:
        steps = trials * duration / description.dt
        neurons = [isinstance(group, NeuronDescription) for group in description.groups]
        most = float(synapses.max(initial=0.0))
        events = float(per_step @ network.fan_out) * most / max(1.0, synapses.sum())
        # Threads of a rank build side by side.
        seconds = {
            "start and build": _S * (constants.start + constants.synapse * most),
            "load program": _S * constants.compile,
            "update": _S * constants.update * int(counts[neurons].sum(axis=0).max()) * steps,
            "draws": _S * constants.draw * budget.n_draws * steps,
            "delivery": _S * constants.event * events * steps,
            "merge spikes": _S * constants.spike * spikes * steps,
        }
        each = _exchange_seconds(shape, in_shared_memory, traffic, constants, link)
        if shape.size > 1 and each is not None:
            seconds["exchange"] = each * steps / budget.interval
    total = sum(group.size for group in description.groups)
    mean = spikes / (total * description.dt) if total else 0.0
    return Forecast(
        whole, shape, trials, counts.sum(axis=0), synapses, rank, budget, traffic, buffers,
        in_shared_memory, mean, memory, peak, duration, seconds,
    )  # fmt: skip


def _budgets(
    network: NetworkBudget, shape: JobShape, rank: int, numbers: np.ndarray
) -> list[Budget]:
    """Bytes of each thread of a rank; `numbers` (n, shape.size) decide them, many have the same."""
    found: dict[tuple[float, ...], Budget] = {}
    budgets = []
    for part in shape.parts_of(rank):
        key = tuple(numbers[:, part])
        if key not in found:
            found[key] = network.of_rank(part, shape.size)
        budgets.append(found[key])
    return budgets


def _exchange_seconds(
    shape: JobShape,
    in_shared_memory: bool,
    traffic: Traffic,
    constants: Constants,
    link: LinkSpeed | None,
) -> float | None:
    """Time of the exchange of an interval; None if nothing is known of messages."""
    if in_shared_memory:
        return BARRIER * shape.size
    if link is None:
        return None
    # The threads of a rank meet before its first one sends, and when it has received.
    barriers = 2 * BARRIER * shape.threads if shape.threads > 1 else 0.0
    return _S * constants.call + allgather_seconds(link, traffic) + barriers


def allgather_seconds(link: LinkSpeed, traffic: Traffic) -> float:
    """Time of one Allgather: a latency for each doubling of ranks, and all bytes received."""
    rounds = float(np.ceil(np.log2(traffic.size)))
    arriving = traffic.bytes_received - traffic.bytes_sent
    return rounds * link.latency + link.per_byte * arriving


def _memory(
    budgets: Sequence[Budget],
    constants: Constants | None,
    spikes: float,
    others: Mapping[str, float],
) -> tuple[dict[str, float], float]:
    """Memory of a rank by part, and at the most; `spikes` in a step, of all ranks."""
    running = PROGRAM_BYTES if constants is None else constants.running
    building = PROGRAM_BYTES if constants is None else constants.building
    parts = {PROGRAM: running}
    parts |= {part: sum(b.parts[part] for b in budgets) for part in budgets[0].parts}
    parts |= {FLIGHT: sum(flight_bytes(b, spikes) for b in budgets), **others}
    built = sum(b.built + b.building for b in budgets)
    return parts, max(sum(parts.values()), building + built)
