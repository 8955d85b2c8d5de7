"""What a rank holds, counted without building it, beside what is built.

Random numbers of synapses have a relative deviation of about one over the square root of their
number; the networks are as large as 3 % demand.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import distsnn as snn
from distsnn import ms, mV
from distsnn.assemble.rank.rank import RankBuild, build_rank
from distsnn.codegen.program_arguments import (
    Argument,
    OfCode,
    OfEfficacy,
    OfHistory,
    OfInput,
    OfSynapses,
    OfTable,
    OfTraces,
)
from distsnn.forecast.few_neurons import n_bytes
from distsnn.forecast.memory_budget import (
    INPUTS,
    LOOKUP,
    NEURONS,
    PLASTICITY,
    SYNAPSES,
    NetworkBudget,
)
from distsnn.layout.slots import TILE


def cells(n: int, name: str = "cells") -> snn.NeuronGroup:
    return snn.NeuronGroup(n, snn.LIF(), name=name)


def projection(rule: object = None, n: int = 1500, **options: object) -> snn.Network:
    group = cells(n)
    group[: n // 2].V_m = snn.Uniform(-70.0, -55.0)
    settings: dict[str, object] = {"weight": 1.0, "delay": 1.5, **options}
    receptor = snn.Exponential(5.0)
    made = snn.Synapses(group[: n - 300], group[300:], receptor, **settings)
    made.connect(**rule) if isinstance(rule, dict) else made.connect(rule)
    noise = snn.PoissonInput(group[100:], receptor, N=10, rate=0.01, weight=1.0)
    return snn.Network(group, made, noise)


def plastic() -> snn.Network:
    group, receptor = cells(1200), snn.Exponential(5.0)
    rules = [
        {"stdp": snn.STDP(0.01, 0.01, w_max=5.0)},
        {"stdp": snn.STDP(0.01, 0.01, w_max=snn.Uniform(4.0, 5.0)), "dendritic_delay": 0.5},
        {"stp": snn.STP(U=0.2)},
        {"stp": snn.STD(U=0.2)},
    ]
    made = []
    for rule in rules:
        made.append(snn.Synapses(group, group, receptor, weight=2.0, delay=1.0, **rule))
        made[-1].connect(p=0.1)
    return snn.Network(group, made)


def few_of_many() -> snn.Network:
    """Plastic synapses of few of the neurons."""
    group, receptor = cells(200_000), snn.Exponential(5.0)
    both = snn.Synapses(group, group[:3000], receptor, weight=2.0, stp=snn.STP(),
                        stdp=snn.STDP(0.01, 0.01, w_max=5.0))  # fmt: skip
    both.connect(snn.FixedIndegree(30))
    other = snn.Synapses(group[50_000:], group[:3000], receptor, weight=2.0, stp=snn.STD(U=0.2))
    other.connect(snn.FixedIndegree(10))
    return snn.Network(group, both, other)


def texts() -> snn.Network:
    G = snn.NeuronGroup(1200, "dv/dt = -v/(10*ms) : volt", threshold="v > 1*mV", reset="v = 0*mV",
                        refractory=1 * ms, method="exact", name="G")  # fmt: skip
    fast = snn.Synapses(G, G, "w : volt", on_pre="v_post += w", delay=2 * ms)
    fast.connect("abs(i - j) < 40")
    fast.w = 0.1 * mV
    slow = snn.Synapses(G, G, "w : volt\nn : 1", on_pre="v_post += w*n\nn = n + 1")
    slow.connect(p=0.1)
    return snn.Network(G, fast, slow)


def sources() -> snn.Network:
    group = cells(500)
    spikes = snn.SpikeGeneratorGroup(50, np.arange(200) % 50, np.arange(200) * 0.5)
    poisson = snn.PoissonGroup(400, rates=snn.Uniform(0.001, 0.02))
    made = []
    for source in (spikes, poisson):
        made.append(snn.Synapses(source, group, snn.Exponential(5.0), weight=1.0))
        made[-1].connect(p=0.3)
    return snn.Network(group, spikes, poisson, made)


def many_sources() -> snn.Network:
    group, poisson = cells(500), snn.PoissonGroup(200_000, rates=0.01)
    made = snn.Synapses(poisson, group, snn.Exponential(5.0), weight=1.0)
    made.connect(snn.FixedIndegree(100))
    return snn.Network(group, poisson, made)


NETWORKS: dict[str, Callable[[], snn.Network]] = {
    "all": lambda: projection(snn.AllToAll()),
    "all, delays differ": lambda: projection(snn.AllToAll(), delay=snn.Uniform(0.5, 2.0)),
    "dense": lambda: projection(snn.Bernoulli(0.5), n=900, storage="dense"),
    "one to one": lambda: projection(snn.OneToOne(), n=20_000),
    "p": lambda: projection(snn.Bernoulli(0.05)),
    "indegree": lambda: projection(snn.FixedIndegree(40), delay=snn.Normal(1.5, 0.5, low=0.1)),
    "indegree distinct": lambda: projection(
        snn.FixedIndegree(900, multapses=False), weight=snn.Normal(1.0, 0.2), weight_bits=16
    ),
    "outdegree": lambda: projection(snn.FixedOutdegree(70), delay=snn.LogNormal(0.0, 0.3)),
    "total": lambda: projection(snn.FixedTotalNumber(90_000), weight=snn.LogNormal(0.0, 1.0)),
    "pairs": lambda: projection(
        {"i": np.repeat(np.arange(1200), 20) % 700, "j": np.arange(24_000) * 7 % 1200},
        weight=np.linspace(0, 1, 24_000),
        delay=np.linspace(0.1, 5, 24_000),
    ),
    "per source": lambda: projection(
        snn.Bernoulli(0.05), delay=snn.PerSource(np.linspace(0.1, 6.0, 1200))
    ),
    "text": lambda: projection({"condition": "i % 3 == j % 3", "p": 0.2}, weight="0.1*rand()*pA"),
    "tiles": lambda: projection(snn.FixedIndegree(2), n=2 * TILE + 1000),
    "plastic": plastic,
    "plastic, few of many": few_of_many,
    "texts": texts,
    "sources": sources,
    "many sources": many_sources,
}


def part_of(argument: Argument) -> str:
    match argument.owner:
        case OfTable():
            return LOOKUP if argument.name in ("row_of", "row_lookup") else SYNAPSES
        case OfSynapses() | OfCode():
            return SYNAPSES
        case OfInput():
            return INPUTS
        case OfTraces() | OfHistory() | OfEfficacy():
            return PLASTICITY
    return NEURONS


def held(build: RankBuild) -> dict[str, int]:
    """Bytes by part of what is built."""
    parts: dict[str, dict[str, object]] = {}
    for argument, array in build.arrays.items():
        # What finds rows of a table may find the state of sources too.
        if argument.name != "number_of" or array.base is None:
            parts.setdefault(part_of(argument), {})[str(argument)] = array
    parts[SYNAPSES] |= {f"place {s}": built.position for s, built in enumerate(build.synapses)}
    return {part: n_bytes(arrays) for part, arrays in parts.items()}


@pytest.mark.parametrize("name", NETWORKS)
def test_counted_as_built(name: str) -> None:
    description = NETWORKS[name]().description
    network = NetworkBudget(description)
    for rank, size in ((0, 1), (1, 3)):
        expected, build = network.of_rank(rank, size), build_rank(description, rank, size)
        assert expected.synapses == pytest.approx(build.n_synapses, rel=0.03)
        assert network.synapses_per_rank(size)[rank] == expected.synapses
        assert (expected.interval, expected.longest) == (build.interval, build.longest)
        for part, n in held(build).items():
            # What does not grow with the network is left out: most of it is the arrays of chunks.
            assert expected.parts[part] == pytest.approx(n, rel=0.03, abs=75_000), part
