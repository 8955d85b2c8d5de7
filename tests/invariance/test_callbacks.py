"""Python that is called while a network runs reads and sets the same on any number of ranks."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn import ms
from distsnn.errors import ParameterError
from distsnn.exchange import World
from tests.invariance.test_ranks import Result, check


class Restless(snn.BrianObject):
    """Sets variables of neurons and synapses from what it reads, and draws."""

    def __init__(self, G: snn.NeuronGroup, S: snn.Synapses, P: snn.SpikeMonitor) -> None:
        super().__init__(dt=0.7 * ms, when="end", name="restless")
        self.objects, self.log, self.prepared = (G, S, P), [], 0

    def before_run(self, namespace=None) -> None:  # noqa: ARG002 - what it is called with
        self.prepared += 1

    def run(self) -> None:
        G, S, P = self.objects
        G.v["i % 3 == 1"] = "0.5*v + 0.1*rand()"
        S.w[S.indices[:, 3]] = S.w[2] + 0.001 * G.v[4]
        self.log.append((snn.defaultclock.t, P.num_spikes, float(np.sum(G.v)), float(np.sum(S.w))))


def called(world: World) -> Result:
    snn.start_scope()
    G = snn.NeuronGroup(
        17, "dv/dt = (a - v)/(8*ms) + 0.1*xi*sqrt(2/(8*ms)) : 1\na : 1\ntop : 1",
        threshold="v > top", reset="v = 0", method="euler", name="G",
    )  # fmt: skip
    G.v, G.a, G.top = "rand()", 1.3, 1
    S = snn.Synapses(G, G, "w : 1", on_pre="v_post += w*(1 + n)", multisynaptic_index="n", name="S")
    S.connect(p=0.3, n=2)
    S.connect(i=2, j=3)
    S.w, S.delay = "0.01*rand()", "0.2*ms + n*ms"
    P = snn.SpikeMonitor(G, name="P")
    M = snn.StateMonitor(G, ["v", "a"], record=[1, 4], when="end", name="M")
    restless = Restless(G, S, P)
    between = []

    @snn.network_operation(dt=0.25 * ms, name="between", when="thresholds")
    def note(t: float) -> None:
        G.v[3:5] = 0.4
        if t == 6:
            G.a = np.linspace(1.2, 1.4, 17)
        if t == 9:
            G.top[2:9] = 0.8
        between.append((t, P.num_spikes, float(G.v[16])))

    spiked = []

    @snn.network_operation(when="end")
    def keep_spikes() -> None:
        spiked.extend((snn.defaultclock.t, i) for i in G.spikes)

    net = snn.Network(G, S, P, M, restless, note, keep_spikes, seed=3, threads=1)
    net.run(20.3)
    net.run(5)
    assert P.num_spikes > 20
    assert restless.prepared == 2
    found = {"v": M.v, "a": M.a, "t": P.t[:], "w": S.w[:], "n": S.n[:], "times": M.t}
    found |= {"spiked": np.array(spiked).T, "i": P.i[:]}
    return found | {"log": np.array(restless.log), "between": np.array(between)}


def test_what_is_called() -> None:
    found = check(called)
    assert found["times"].size == found["v"].shape[1] == 253
    np.testing.assert_allclose(found["spiked"], [found["t"], found["i"]], atol=1e-9)
    np.testing.assert_allclose(found["log"][:, 0], np.arange(37) * 0.7, atol=1e-9)
    np.testing.assert_allclose(found["between"][:, 0], np.arange(102) * 0.25, atol=1e-9)
    # The pair of neurons 2 and 3 has one synapse more than its first connect() made.
    assert sorted(set(found["n"])) in ([0, 1], [0, 1, 2])


@pytest.mark.parametrize("when", ["start", "thresholds", "end"])
def test_a_number_becomes_an_array(when: str) -> None:
    """What has one value for all neurons at first may get one for each while the network runs."""
    snn.start_scope()
    G = snn.NeuronGroup(3, "dv/dt = (a*b - v)/(5*ms) : 1\na : 1\nb : 1", method="euler", name="G")
    G.a, G.b = 1, 2
    M = snn.StateMonitor(G, ["v", "a"], record=True, name="trace")
    given = np.array([1.0, 2.0, 3.0])

    @snn.network_operation(dt=1 * ms, when=when)
    def set_anew(t: float) -> None:
        if t > 1.5 * ms:
            G.a = given * t

    snn.Network(G, M, set_anew).run(4)
    v, a, expected = np.zeros(3), np.ones(3), []
    for step in range(40):
        anew = given * (step // 10) if step % 10 == 0 and step > 15 else a
        if when == "start":
            a = anew
        expected.append((v.copy(), a.copy()))
        v = v + 0.1 * (a * 2 - v) / 5
        a = anew
    np.testing.assert_allclose(M.v.T, [of[0] for of in expected], rtol=1e-13)
    np.testing.assert_array_equal(M.a.T, [of[1] for of in expected])


def weights_within_a_step(world: World) -> Result:
    snn.start_scope()
    G = snn.SpikeGeneratorGroup(2, [0, 1], [1, 1] * ms, name="G")
    H = snn.NeuronGroup(2, "v : 1", name="H")
    S = snn.Synapses(G, H, "w : 1", on_pre="v_post += w", name="S")
    S.connect(j="i")

    @snn.network_operation(dt=1 * ms, when="thresholds", name="early")
    def early() -> None:
        S.w = 1

    with pytest.raises(ParameterError, match="between the thresholds and the events"):
        snn.Network(G, H, S, early).run(2)
    return {"refused": np.ones(1)}


def test_weights_set_within_a_step_are_refused_on_all_ranks() -> None:
    """Also on those which have none of the synapses."""
    check(weights_within_a_step)


def test_refused() -> None:
    G = snn.NeuronGroup(2, "v : 1", name="G")
    operation = snn.NetworkOperation(lambda: None, name="op", when="somewhen")
    with pytest.raises(ParameterError, match="slots are start, groups"):
        snn.Network(G, operation).run(1)
    net = snn.Network(snn.NeuronGroup(2, "v : 1"))
    net.add(snn.NetworkOperation(lambda: net.run(1)))
    with pytest.raises(ParameterError, match="called by an object that the network calls"):
        net.run(1)
    for function in (lambda x, y: x + y, 5):
        with pytest.raises(TypeError, match="cannot be called with a time"):
            snn.NetworkOperation(function)
    G = snn.NeuronGroup(2, "v : 1", threshold="v > 1")
    S = snn.Synapses(G, G, "w : 1", on_pre="v_post += w")
    S.connect()

    @snn.network_operation(when="after_thresholds")
    def weaken() -> None:
        S.w = 1

    net = snn.Network(S.source, S, weaken)
    with pytest.raises(ParameterError, match="weights were set between the thresholds"):
        net.run(1)


def test_slots_of_ones_own() -> None:
    order: list[str] = []
    for alone in (True, False):
        order.clear()
        slots = ("late", "start", "early", "start")
        made = [
            snn.NetworkOperation(lambda n=n: order.append(n), when=when, name=n)
            for n, when in zip("abcd", slots, strict=True)
        ]
        net = snn.Network(*made, *([] if alone else [snn.NeuronGroup(1, "v : 1")]))
        net.schedule = [
            "start", "early", "groups", "thresholds", "synapses", "resets", "late", "end",
        ]  # fmt: skip
        made[3].active = False
        net.run(0.2)
        assert "".join(order) == "bcabca"
