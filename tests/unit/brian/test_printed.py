"""What objects of `distsnn.brian` print, as users of Brian 2 know it."""

from __future__ import annotations

from typing import Any

import pytest

from distsnn.errors import UnitError

b2: Any = pytest.importorskip("distsnn.brian", exc_type=ImportError)


def parts() -> tuple[Any, Any]:
    b2.start_scope()
    G = b2.NeuronGroup(
        3, "dv/dt = -v/(10*ms) : volt\nx : 1", threshold="v > 1*mV", reset="v = 0*mV"
    )
    S = b2.Synapses(G, G, "w : volt", on_pre="v += w", delay=2 * b2.ms)
    S.connect(j="i")
    return G, S


def test_values_print_their_names() -> None:
    G, S = parts()
    assert repr(G.v) == "<neurongroup.v: array([0., 0., 0.]) * volt>"
    assert repr(G.v_) == str(G.v_) == "<neurongroup.v_: array([0., 0., 0.])>"
    for _ in range(2):
        # What was read once is found faster.
        assert repr(S.delay) == "<synapses_pre.delay: array([2., 2., 2.]) * msecond>"
        assert (S.delay == 2 * b2.ms).all()
        assert (S.pre.delay == 2 * b2.ms).all()


def test_the_schedule_is_a_table() -> None:
    G, S = parts()
    slow = G.run_regularly("x += 1", dt=1 * b2.ms)
    net = b2.Network(G, S, b2.StateMonitor(G, "v", record=0), slow)
    lines = str(b2.scheduling_summary(net)).split("\n")
    cells = [[cell.strip() for cell in line.split(" | ")] for line in (lines[0], *lines[2:])]
    assert cells[0] == ["object", "part of", "Clock dt", "when", "order", "active"]
    assert set(lines[1]) == {"-", "+"}
    assert len({len(line) for line in lines}) == 1
    found = {row[0]: row[1:] for row in cells[1:]}
    monitor = "statemonitor (StateMonitor)"
    assert found[monitor] == [monitor, "100. us (every step)", "start", "0", "yes"]
    group = "neurongroup (NeuronGroup)"
    assert found["neurongroup_stateupdater (StateUpdater)"][:3] == [
        group, "100. us (every step)", "groups",
    ]  # fmt: skip
    assert found["neurongroup_spike_resetter (Resetter)"][0] == group
    (regular,) = (row for name, row in found.items() if name.endswith("(CodeRunner)"))
    assert regular[:2] == [group, "1. ms (every 10 steps)"]
    assert found["synapses_pre (SynapticPathway)"][0] == "synapses (Synapses)"


def test_sums_in_place_set_items_once_and_check_units() -> None:
    G, S = parts()
    G.v += 1 * b2.mV
    G.v[1:] += 1 * b2.mV
    S.w += 3 * b2.mV
    assert (G.v == [1, 2, 2] * b2.mV).all()
    assert (S.w == 3 * b2.mV).all()
    with pytest.raises(UnitError):
        G.v += 1 * b2.nA
    G.x = G.v / b2.mV
    # Of another object or variable it is a value like others.
    G.v = S.w
    assert (G.v == 3 * b2.mV).all()
    with pytest.raises(AttributeError):
        G.N = G.N
