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
        17, "dv/dt = (1.3 - v)/(8*ms) + 0.1*xi*sqrt(2/(8*ms)) : 1", threshold="v > 1",
        reset="v = 0", method="euler", name="G",
    )  # fmt: skip
    G.v = "rand()"
    S = snn.Synapses(G, G, "w : 1", on_pre="v_post += w*(1 + n)", multisynaptic_index="n", name="S")
    S.connect(p=0.3, n=2)
    S.connect(i=2, j=3)
    S.w, S.delay = "0.01*rand()", "0.2*ms + n*ms"
    P = snn.SpikeMonitor(G, name="P")
    M = snn.StateMonitor(G, "v", record=[1, 4], when="end", name="M")
    restless = Restless(G, S, P)
    between = []

    @snn.network_operation(dt=0.25 * ms, name="between", when="thresholds")
    def note(t: float) -> None:
        G.v[3:5] = 0.4
        between.append((t, P.num_spikes, float(G.v[16])))

    net = snn.Network(G, S, P, M, restless, note, seed=3, threads=1)
    net.run(20.3)
    net.run(5)
    assert P.num_spikes > 20
    assert restless.prepared == 2
    found = {"v": M.v, "t": P.t[:], "w": S.w[:], "n": S.n[:], "times": M.t}
    return found | {"log": np.array(restless.log), "between": np.array(between)}


def test_what_is_called() -> None:
    found = check(called)
    assert found["times"].size == found["v"].shape[1] == 253
    np.testing.assert_allclose(found["log"][:, 0], np.arange(37) * 0.7, atol=1e-9)
    np.testing.assert_allclose(found["between"][:, 0], np.arange(102) * 0.25, atol=1e-9)
    # The pair of neurons 2 and 3 has one synapse more than its first connect() made.
    assert sorted(set(found["n"])) in ([0, 1], [0, 1, 2])


def test_refused() -> None:
    G = snn.NeuronGroup(2, "v : 1", name="G")
    for given, message in (
        ({"when": "resets"}, "Python is called in before_start, start"),
        ({"when": "somewhen"}, "slots are start, groups"),
    ):
        operation = snn.NetworkOperation(lambda: None, name="op", **given)
        with pytest.raises(ParameterError, match=message):
            snn.Network(G, operation).run(1)
    net = snn.Network(snn.NeuronGroup(2, "v : 1"))
    net.add(snn.NetworkOperation(lambda: net.run(1)))
    with pytest.raises(ParameterError, match="called by an object that the network calls"):
        net.run(1)
    for function in (lambda x, y: x + y, 5):
        with pytest.raises(TypeError, match="cannot be called with a time"):
            snn.NetworkOperation(function)
    net = snn.Network(snn.NeuronGroup(2, "v : 1"))
    net.schedule = ["start", "groups", "synapses", "thresholds", "resets", "end"]
    with pytest.raises(ParameterError, match="groups and synapses act in the order"):
        net.run(1)
    G = snn.NeuronGroup(2, "v : 1", threshold="v > 1")
    S = snn.Synapses(G, G, "w : 1", on_pre="v_post += w")
    S.connect()

    @snn.network_operation(when="thresholds")
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
