"""Costs of a neuron, a draw, a synaptic event and an exchange on this machine: measured, and kept.

One rank of the network is tried (see `distsnn.forecast.trial`), with so few of its sources that it
is built in a second. What was measured is kept in the cache of compiled programs.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numba
import numpy as np

from distsnn.describe.groups import EventDescription, GeneratorDescription, PoissonDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.values.given import Distribution
from distsnn.exchange.measure import LinkSpeed, measure_link
from distsnn.exchange.usable_cores import usable_cores
from distsnn.exchange.worlds.surrogate import Senders
from distsnn.forecast.memory_budget import NetworkBudget
from distsnn.forecast.spike_memory import flight_bytes, message_buffer_bytes
from distsnn.forecast.thinning import Thinned, thin_network
from distsnn.forecast.trial import Trial, TrialJob, trial_in_child
from distsnn.kernels.private_folder import cache_folder
from distsnn.layout.job_shape import JobShape

# The form of what is kept.
_VERSION = 4
_MOST_SYNAPSES = 12_000_000
_MOST_NEURONS = 200_000
_SECONDS = 1.0
_NS = 1e9


@dataclass(frozen=True)
class Constants:
    """The costs on this machine; times in ns.

    Attributes
    ----------
    update, draw, event, spike : float
        For a neuron and a step; a Poisson count; a synaptic event; a spike of any rank, to be
        merged and looked up.
    call : float
        For an exchange, besides what the MPI does.
    synapse, start : float
        To build a synapse; to begin to build.
    compile : float
        To load the program compiled.
    building, running : float
        Bytes of a process besides the arrays: while it builds, and while it runs.
    """

    update: float
    draw: float
    event: float
    spike: float
    call: float
    synapse: float
    start: float
    compile: float
    building: float
    running: float


def group_rates(description: NetworkDescription, rate: float) -> list[float]:
    """Mean rate (1/ms) of the neurons of each group: `rate`, or of sources what is known."""
    rates = []
    for group in description.groups:
        if isinstance(group, GeneratorDescription):
            span = max(float(group.times.max(initial=0.0)), description.dt)
            rates.append(group.times.size / group.size / span)
        elif isinstance(group, EventDescription):
            rates.append(rate if group.sends else 0.0)
        elif not isinstance(group, PoissonDescription):
            rates.append(rate)
        elif isinstance(group.rates, Distribution):
            # The median stands for the mean.
            rates.append(_median(group.rates))
        else:
            rates.append(float(np.mean(np.asarray(group.rates))))
    return rates


def senders_of(
    description: NetworkDescription, thinned: Thinned, rates: Sequence[float]
) -> tuple[Senders, ...]:
    """Senders in a thinned network, and their rates, for as many spikes as in the whole one."""
    return tuple(
        Senders(description.first_gids[g] + start, n, stands_for * rates[g] * description.dt)
        for g, start, n, stands_for in thinned.sources
    )


def calibrate(
    budget: NetworkBudget, shape: JobShape, rates: Sequence[float], anew: bool = False
) -> Constants:
    """Constants of a network in a job; measured if they are not known yet.

    Parameters
    ----------
    rates : sequence of float, 1/ms
        Of each group.
    anew : bool
        Measure even if they are known.
    """
    known = None if anew else known_constants(budget, shape, rates)
    if known is not None:
        return known
    job, share = _job(budget, shape, rates)
    trial = trial_in_child(job)
    thinned = budget if share >= 1 else NetworkBudget(job.description)
    few = thinned.of_rank(job.rank, job.size)
    found = constants_of(trial, few.built, few.building, flight_bytes(few, trial.spikes_per_step))
    _write(_cache_path_of(budget, shape, rates), asdict(found))
    return found


def known_constants(
    budget: NetworkBudget, shape: JobShape, rates: Sequence[float]
) -> Constants | None:
    """Constants that were measured before, if they were."""
    known = _read(_cache_path_of(budget, shape, rates))
    return None if known is None else Constants(**known)


def _cache_path_of(budget: NetworkBudget, shape: JobShape, rates: Sequence[float]) -> Path:
    return _cache_path(
        budget.description, (shape.size, shape.nodes > 1, [round(r, 6) for r in rates])
    )


def machine_link(anew: bool = False) -> LinkSpeed | None:
    """The cost of an exchange with this machine's MPI; None if it has none."""
    path = _cache_path(None, "link")
    known = None if anew else _read(path)
    if known is not None:
        return LinkSpeed(**known)
    link = measure_link()
    if link is not None:
        _write(path, asdict(link))
    return link


def constants_of(trial: Trial, built: float, building: float, flight: float) -> Constants:
    """Constants from what was measured of a rank.

    Parameters
    ----------
    built, building, flight : float
        Bytes of the arrays of the built network, of what is needed besides to build it, and of
        spikes and messages.
    """

    def each(part: str, n: int) -> float:
        return trial.seconds[part] / n * _NS if n else 0.0

    again = trial.seconds["again"] or trial.seconds["build"]
    return Constants(
        update=each("update", trial.updates),
        draw=each("draws", trial.draws),
        event=each("delivery", trial.events),
        spike=each("merge", trial.spikes),
        call=each("calls", trial.exchanges),
        synapse=again / max(1, trial.synapses) * _NS,
        start=max(0.0, trial.seconds["build"] - again) * _NS,
        compile=trial.seconds["compile"] * _NS,
        building=max(0.0, trial.built - built - building),
        running=max(0.0, trial.end - built - flight),
    )


def _job(budget: NetworkBudget, shape: JobShape, rates: Sequence[float]) -> tuple[TrialJob, float]:
    """The trial to measure, and the fraction of the sources that it leaves."""
    _, in_shared_memory = message_buffer_bytes(shape, budget.of_rank(0, shape.size))
    size = max(shape.size, -(-budget.description.size // _MOST_NEURONS))
    synapses = budget.synapses_per_rank(size)
    rank = int(np.argmax(synapses))
    share = min(1.0, _MOST_SYNAPSES / max(1.0, float(synapses[rank])))
    thinned = thin_network(budget, share)
    senders = senders_of(budget.description, thinned, rates)
    job = TrialJob(
        thinned.description,
        rank,
        size,
        senders,
        _SECONDS,
        in_shared_memory=in_shared_memory,
        twice=True,
    )
    return job, share


def _median(distribution: Distribution) -> float:
    low, high = 0.0, 1.0
    while distribution.cdf(high) < 0.5:
        high *= 2.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if distribution.cdf(middle) < 0.5 else (low, middle)
    return low


def _cache_path(description: NetworkDescription | None, further: object) -> Path:
    """The file for what is known of a network on a machine of this kind."""
    content = (
        _VERSION,
        _processor(),
        len(usable_cores()),
        platform.python_version(),
        np.__version__,
        numba.__version__,
        None if description is None else description.digest,
        further,
    )
    return cache_folder() / f"plan-{hashlib.sha256(repr(content).encode()).hexdigest()[:24]}.json"


def _processor() -> str:
    """Name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf8").splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith("model name")), platform.machine())


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf8"))
    except (OSError, ValueError):
        return None
    return found


def _write(path: Path, content: dict[str, Any]) -> None:
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps(content), encoding="utf8")
    partial.replace(path)
