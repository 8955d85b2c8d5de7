"""Slots of pathways and inputs, and schedules of other orders: what is refused."""

from __future__ import annotations

from typing import Any

import pytest

import distsnn as snn
from distsnn.errors import ParameterError

RESETS_FIRST = ["start", "groups", "thresholds", "resets", "synapses", "end"]


def parts() -> tuple[Any, Any]:
    G = snn.NeuronGroup(3, "v : 1", threshold="v > 1", reset="v = 0", name="g")
    S = snn.Synapses(G, G, on_pre="v_post += 0.1", name="s")
    S.connect()
    return G, S


def test_refused_with_another_schedule() -> None:
    cells = snn.NeuronGroup(2, snn.LIF())
    joined = snn.Synapses(cells, cells, snn.Exponential(tau=5.0), weight=1.0)
    joined.connect(p=1)
    noise = snn.PoissonInput(cells, snn.Exponential(tau=3.0), 1, 0.1, 1.0)
    for objects, message in (
        ([cells, joined], "built-in synapses, and a schedule of another order"),
        ([cells, noise], "onto a receptor the weight is a number, when is 'synapses'"),
    ):
        net = snn.Network(*objects)
        net.schedule = RESETS_FIRST
        with pytest.raises(ParameterError, match=message):
            net.run(0)
    net = snn.Network(*parts())
    net.schedule = RESETS_FIRST[1:]
    net.run(0)
    for missing, message in (
        ("groups", "g_stateupdater acts in 'groups'"),
        ("resets", "g_spike_resetter acts in 'resets'"),
        ("synapses", "s_pre acts in 'synapses'"),
    ):
        net = snn.Network(*parts())
        net.schedule = [slot for slot in RESETS_FIRST if slot != missing]
        with pytest.raises(ParameterError, match=message):
            net.run(0)
    cells = snn.NeuronGroup(2, "v : 1", threshold="v > 1", events={"low": "v < 0"}, name="cells")
    cells.run_on_event("low", "v = 0", when="resets")
    net = snn.Network(cells)
    net.schedule = ["start", "groups", "resets", "thresholds"]
    with pytest.raises(ParameterError, match=r"at the event low .*come before that is looked"):
        net.run(0)


def test_the_order_of_synapses_and_resets_is_fixed_by_the_first_run() -> None:
    G, S = parts()
    assert S.pre.when == "synapses"
    with pytest.raises(ParameterError, match="when is one of before_start"):
        S.pre.when = "somewhen"
    S.pre.when = "after_resets"
    net = snn.Network(G, S)
    summary = str(net.scheduling_summary())
    assert summary.index("s_pre") > summary.index("g_spike_resetter")
    G.v = [2, 0, 0]
    net.run(0.1)
    assert G.v.tolist() == [0.1, 0.1, 0.1]
    net.schedule = RESETS_FIRST
    with pytest.raises(ParameterError, match="was another in the first run"):
        net.run(0.1)
    with pytest.raises(ParameterError, match="when of pre was set after the first run"):
        S.pre.when = "synapses"


def test_an_input_with_a_slot_of_its_own_stays_as_it_is() -> None:
    G, _ = parts()
    noise = snn.PoissonInput(G, "v", 10, 0.1, 1.0, when="after_resets", order=3)
    assert (noise.when, noise.order) == ("after_resets", 3)
    with pytest.raises(ParameterError, match="rate was set; weight"):
        noise.rate = 0.2
    # Statements may be given to a network, as in Brian 2; they are part of their group.
    regular = G.run_regularly("v += 0", when="synapses")
    net = snn.Network(G, noise, regular)
    assert [one.when for one in net.scheduling_summary().entries if "run" in one.name] == [
        "synapses", "after_resets",
    ]  # fmt: skip
