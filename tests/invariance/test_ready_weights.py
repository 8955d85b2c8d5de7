"""Weights of ready synapses set between runs: they act, on any ranks and threads, and are saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from distsnn import Hz, ParameterError, ms, pA
from distsnn.assemble.tables import row_layout
from distsnn.exchange import World

STDP = snn.STDP(0.5 * pA, 0.4 * pA, w_max=100 * pA)


def network(threads: int = 1) -> snn.Network:
    snn.start_scope()
    cells = snn.NeuronGroup(6, snn.LIF(I_e=370 * pA), name="cells")
    noise = snn.PoissonGroup(5, 200 * Hz, name="noise")
    exc = snn.Exponential(tau=5 * ms)
    same = snn.Synapses(noise, cells, exc, weight=50 * pA, delay=1 * ms, name="same")
    same.connect()
    drawn = snn.Synapses(
        noise, cells, exc, weight=snn.Normal(40 * pA, 5 * pA), delay=1 * ms, name="drawn"
    )
    drawn.connect(p=0.5)
    drawn.connect(j="i")
    plastic = snn.Synapses(cells, cells, exc, weight=30 * pA, delay=1 * ms, stdp=STDP, name="S")
    plastic.connect(p=0.7)
    net = snn.Network(cells, noise, same, drawn, plastic, seed=4, threads=threads)
    same.w["i == 1"] = 70 * pA
    plastic.w = "(20 + j)*pA"
    return net


def results(net: snn.Network) -> list[list[float]]:
    return [net[name].w[:].tolist() for name in ("same", "drawn", "S")] + [
        net["cells"].V_m[:].tolist()
    ]


def set_and_run(net: snn.Network, between: Path | None = None) -> list[list[float]]:
    same, drawn, plastic = (net[name] for name in ("same", "drawn", "S"))
    net.run(20 * ms)
    changed = plastic.w[:]
    same.w[:] = "30*pA + 10*pA*rand()"
    same.w["i == 2"] *= 2
    drawn.w = np.arange(len(drawn)) * pA
    plastic.w["i == 3"] = 5 * pA
    plastic.w[0, :] += 1 * pA
    expected = changed.copy()
    expected[plastic.i == 3] = 5
    expected[plastic.i == 0] += 1
    assert plastic.w[:].tolist() == expected.tolist()
    assert drawn.w[:].tolist() == list(range(len(drawn)))
    low, high = 30 + 30 * (same.i == 2), 40 + 40 * (same.i == 2)
    assert ((same.w[:] >= low) & (same.w[:] < high)).all()
    if between is not None:
        net.save(between)
        net = network()
        net.load(between)
        assert net["S"].w[:].tolist() == expected.tolist()
    net.run(30 * ms)
    net["same"].w = 0
    assert not net["same"].w.any()
    net["drawn"].w = "rand()*pA"
    net.run(10 * ms)
    return results(net)


@pytest.mark.ranks(1, 2, 3, 4, 7)
def test_weights_are_set_the_same_on_any_ranks(world: World, shared_path: Path) -> None:
    found = set_and_run(network())
    assert set_and_run(network(), shared_path / "state.h5") == found
    if world.size == 1:
        assert set_and_run(network(threads=2)) == found
    # As on one rank.
    assert float(np.sum(found[1])) == 8.70074815742321


@pytest.mark.parametrize("in_rows", [False, True])
def test_static_weights_act_as_in_a_network_that_had_them_from_the_start(
    monkeypatch: pytest.MonkeyPatch, in_rows: bool
) -> None:
    """As in Brian 2 and NEST, an event takes the weight that its synapse has when it acts."""
    monkeypatch.setattr(row_layout, "FORCED", in_rows)
    traces = []
    weights = [300.1, 500.3]
    # Tables store a number once, drawn weights in 4 bytes, and these in 8.
    for first in (weights, [1.0, 2.0], 1.5, snn.Uniform(1.0, 2.0)):
        cells = snn.NeuronGroup(1, snn.LIF(), name="cells")
        source = snn.SpikeGeneratorGroup(2, [0, 1], [4.5, 6] * ms, name="source")
        S = snn.Synapses(source, cells, snn.Exponential(5 * ms), weight=first, delay=[2, 1] * ms)
        S.connect(i=[0, 1], j=0)
        trace = snn.StateMonitor(cells, "V_m", True)
        net = snn.Network(cells, source, S, trace)
        net.run(6 * ms)
        if first is not weights:
            S.w[:] = weights
        net.run(10 * ms)
        traces.append(trace.V_m)
    assert traces[0].max() > -69
    for trace in traces[1:]:
        np.testing.assert_array_equal(trace, traces[0])


def test_what_cannot_be_set() -> None:
    net = network()
    S, same = net["S"], net["same"]
    for value, text in ((101, "w=101 pA; weights lie between"), (np.ones(3), "w was given 3")):
        with pytest.raises(ParameterError, match=text):
            S.w = value
    with pytest.raises(ParameterError, match="S: stdp was set to None; numbers of the rule"):
        S.stdp = None
    unconnected = snn.Synapses(net["noise"], net["cells"], net["cells"].receptors[0], weight=1)
    with pytest.raises(TypeError, match=r"w was set before connect\(\)"):
        unconnected.w = 3
    same.w *= 2
    assert same.w[:].tolist() == [100.0] * 6 + [140.0] * 6 + [100.0] * 18


@pytest.mark.ranks(1, 3)
def test_delays_in_the_order_of_creation(world: World) -> None:
    """Delays that another network has drawn, given as an array, are the same delays."""

    def ran(delay: object, dendritic: object) -> list[np.ndarray]:
        snn.start_scope()
        cells = snn.NeuronGroup(9, snn.LIF(I_e=390 * pA), name="cells")
        cells.V_m = snn.Uniform(-70.0, -56.0)
        S = snn.Synapses(
            cells, cells, snn.Exponential(tau=5 * ms), weight=90 * pA, delay=delay,
            dendritic_delay=dendritic, name="S",
        )  # fmt: skip
        S.connect(p=0.6)
        net = snn.Network(cells, S, seed=4)
        net.run(60 * ms)
        return [S.delay, S.dendritic_delay, cells.V_m[:]]

    first = ran(snn.Uniform(1 * ms, 4 * ms), snn.Uniform(0 * ms, 2 * ms))
    assert np.unique(first[0]).size > 9
    again = ran(first[0], first[1])
    assert all(one.tobytes() == other.tobytes() for one, other in zip(first, again, strict=True))
    with pytest.raises(ParameterError, match=r"delay has 3 values; there are \d+ synapses"):
        ran([1.0, 2.0, 3.0], 0.0)
