"""Trials share what no step writes, and have copies of the rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.rank.rank import RankBuild, build_rank
from distsnn.assemble.rank.trial_build import trial_build
from distsnn.codegen.program_arguments import OfEfficacy, OfGroup, OfTable
from distsnn.describe.network_description import StepDraws
from distsnn.forecast.memory_budget import NetworkBudget
from distsnn.layout.job_shape import JobShape


def network() -> snn.Network:
    snn.start_scope()
    cells = snn.NeuronGroup(200, snn.LIF(), name="cells")
    cells.V_m = snn.Uniform(-70.0, -55.0)
    fast = snn.Exponential(3.0)
    options = {"weight": snn.Uniform(0.0, 5.0), "delay": 1.0}
    static = snn.Synapses(cells, cells, fast, stp=snn.STP(), name="static", **options)
    plastic = snn.Synapses(
        cells, cells, fast, stdp=snn.STDP(0.1, 0.1, w_max=9.0), name="plastic", **options
    )
    static.connect(p=0.3)
    plastic.connect(p=0.2)
    noise = snn.PoissonInput(cells, fast, 100, 0.01, 5.0, name="noise")
    return snn.Network(cells, static, plastic, noise, seed=2)


@pytest.fixture(scope="module")
def builds() -> tuple[RankBuild, RankBuild]:
    description = network().description
    group = replace(description.groups[0], trial=1)
    other = replace(description.with_group(0, group), draws=StepDraws(2, 1))
    first = build_rank(description, 0, 1)
    return first, trial_build(first, replace(other, synapses=first.description.synapses))


def test_tables_are_shared_and_states_are_not(builds: tuple[RankBuild, RankBuild]) -> None:
    first, other = builds
    assert other.program is first.program
    timed = [plan.timing is not None for plan in first.plans]
    assert sorted(timed) == [False, True]
    for t, changes in enumerate(timed):
        name = "packed" if hasattr(first.tables[t], "packed") else "target"
        assert getattr(first.tables[t], name) is getattr(other.tables[t], name)
        weight = OfTable(t)["weight"]
        assert (first.arrays[weight] is other.arrays[weight]) == (not changes)
        # What is read between runs is what steps write.
        assert other.tables[t].weight is other.arrays[weight]
    for argument in (OfGroup(0)["last_spike"], OfEfficacy(0)["u"], OfGroup(0).state("V_m")):
        assert not np.shares_memory(first.arrays[argument], other.arrays[argument])
    assert (first.arrays[OfGroup(0).state("V_m")] != other.arrays[OfGroup(0).state("V_m")]).all()


def test_the_memory_of_a_trial_is_known_before(builds: tuple[RankBuild, RankBuild]) -> None:
    first, other = builds
    shared = {id(array) for array in first.arrays.values()}
    own = {
        id(array): array.nbytes
        for array in other.arrays.values()
        if isinstance(array, np.ndarray) and id(array) not in shared and array.base is None
    }
    budget = NetworkBudget(network().description, trials=8)
    expected = budget.of_rank(0, 1)
    assert sum(own.values()) == pytest.approx(expected.of_trial, rel=0.2)
    assert expected.of_trial < expected.built
    assert budget.share_of(JobShape(3, 2, 2)) == (JobShape(1, 2, 1), 3)
    assert budget.share_of(JobShape(20)) == (JobShape(2), 1)
    whole = NetworkBudget(network().description, 8, divides_neurons=True)
    assert whole.share_of(JobShape(3)) == (JobShape(3), 8)
