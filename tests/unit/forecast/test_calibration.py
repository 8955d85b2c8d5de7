"""What is measured of a network is measured once, of a network with as many synapses a spike."""

from __future__ import annotations

import sys
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.rank.rank import build_rank
from distsnn.forecast.calibration import (
    Constants,
    calibrate,
    group_rates,
    known_constants,
    senders_of,
)
from distsnn.forecast.memory_budget import NetworkBudget
from distsnn.forecast.thinning import thin_network
from distsnn.forecast.trial import Trial
from distsnn.layout.job_shape import JobShape

RULES = {
    "p": snn.Bernoulli(0.1),
    "all": snn.AllToAll(autapses=False),
    "indegree": snn.FixedIndegree(90),
    "few": snn.FixedIndegree(2),
    "outdegree": snn.FixedOutdegree(40, multapses=False),
    "total": snn.FixedTotalNumber(40_000),
    "one to one": snn.OneToOne(),
}


def network(rule: object, **options: object) -> snn.Network:
    cells = snn.NeuronGroup(900, snn.LIF(), name="cells")
    sources = snn.PoissonGroup(400, rates=0.02, name="sources")
    receptor = snn.Exponential(5.0)
    made = []
    for source in (cells[:400], sources):
        made.append(snn.Synapses(source, cells[500:], receptor, **({"weight": 1.0} | options)))
        made[-1].connect(rule)
    return snn.Network(cells, sources, made)


@pytest.mark.parametrize("rule", RULES)
def test_as_many_synapses_a_spike(rule: str) -> None:
    whole = NetworkBudget(network(RULES[rule], delay=snn.Uniform(0.5, 2.0)).description)
    thinned = thin_network(whole, 0.2)
    assert thinned.description.size == whole.description.size
    build = build_rank(thinned.description, 1, 3)
    of_spikes = {(g, start): n for g, start, n, _ in thinned.sources}
    assert of_spikes[0, 0] == 80
    assert of_spikes[1, 0] == 80
    # Of random numbers of synapses, within three standard deviations.
    expected = float(whole.synapses_per_rank(3)[1]) * 0.2
    assert build.n_synapses == pytest.approx(expected, rel=0.03, abs=3 * np.sqrt(expected))
    assert build.interval == whole.of_rank(1, 3).interval


def test_other_values_keep_their_kind() -> None:
    made = network(
        RULES["all"],
        weight=np.random.default_rng(1).uniform(0, 1, (400, 400)),
        delay=snn.PerSource(np.linspace(0.1, 3.0, 400)),
    )
    thinned = thin_network(NetworkBudget(made.description), 0.5)
    assert build_rank(thinned.description, 0, 1).longest == 15
    assert thin_network(NetworkBudget(made.description), 1.0).description.digest == (
        made.description.digest
    )


def test_rates_of_sources_are_known() -> None:
    cells = snn.NeuronGroup(10, snn.LIF())
    known = snn.PoissonGroup(2, rates=[0.01, 0.03])
    drawn = snn.PoissonGroup(2, rates=snn.Uniform(0.0, 0.1))
    given = snn.SpikeGeneratorGroup(2, [0, 0, 1], [1.0, 2.0, 10.0])
    description = snn.Network(cells, known, drawn, given).description
    assert group_rates(description, 0.007) == pytest.approx([0.007, 0.02, 0.05, 0.15])


def test_senders_stand_for_all() -> None:
    whole = NetworkBudget(network(RULES["p"]).description)
    rates = group_rates(whole.description, 0.01)
    senders = senders_of(whole.description, thin_network(whole, 0.1), rates)
    assert sum(s.per_step for s in senders) == pytest.approx(900 * 0.001 + 400 * 0.002)
    assert [s.first_gid for s in senders] == sorted(s.first_gid for s in senders)


def test_what_is_known_is_not_measured_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    module = sys.modules["distsnn.forecast.calibration"]
    parts = ("again", "build", "compile", "update", "draws", "delivery", "merge", "calls")
    seconds = {part: float(n) for n, part in enumerate(parts, 1)}
    trial = Trial(300, 1000, 10, 5, 20, 40, 50, 0, seconds, 10**6, 0, 3 * 10**8, 0, 4 * 10**8, 256)
    child = Mock(return_value=trial)
    monkeypatch.setattr(module, "trial_in_child", child)
    monkeypatch.setattr(module, "cache_folder", lambda: tmp_path)
    budget = NetworkBudget(network(RULES["p"]).description)
    rates = group_rates(budget.description, 0.01)
    assert known_constants(budget, JobShape(2), rates) is None
    first = calibrate(budget, JobShape(2), rates)
    again = calibrate(budget, JobShape(2), rates)
    assert again == known_constants(budget, JobShape(2), rates) == first
    assert child.call_count == 1
    calibrate(budget, JobShape(2), rates, anew=True)
    calibrate(budget, JobShape(4), rates)
    # Ranks on several nodes send messages, which takes another way through the program.
    calibrate(budget, JobShape(4, nodes=2), rates)
    assert child.call_count == 4
    assert [call.args[0].in_shared_memory for call in child.call_args_list] == [True] * 3 + [False]
    assert isinstance(first, Constants)
    assert (first.update, first.draw, first.event) == (4e9 / 50, 0.0, 6e9 / 40)
    assert (first.synapse, first.start, first.call) == (1e9 / 1000, 1e9, 8e9 / 5)
    assert 2.9e8 < first.building < 3e8
