"""Wrong input of learning is refused by name, nothing of it is taken in silence."""

from __future__ import annotations

import pytest

import distsnn as snn
from distsnn import ParameterError, learning


class Within(learning.Loss):
    def __init__(self, loss: learning.Loss) -> None:
        self.loss = loss

    def evaluate(self, recorded: learning.Recorded) -> float:
        return 2.0 * self.loss.evaluate(recorded)


def test_wrong_input() -> None:
    cells = snn.NeuronGroup(3, snn.LIF(), name="cells")
    source = snn.SpikeGeneratorGroup(1, [0], [1.0], name="source")
    S = snn.Synapses(source, cells, snn.Exponential(5.0), weight=3000.0, delay=1.0, name="S")
    S.connect()
    others = snn.NeuronGroup(2, snn.LIF(), name="others")
    at_end = snn.StateMonitor(cells, "V_m", record=True, when="end", name="at_end")
    coarse = snn.StateMonitor(cells, "V_m", record=True, dt=0.2, name="coarse")
    adjoint = learning.Adjoint(snn.Network(source, cells, S, at_end, coarse))
    for ask in (adjoint.backward, adjoint.recorded):
        with pytest.raises(ParameterError, match="the network has not run"):
            ask()
    adjoint.network.run(20.0)
    gradient = adjoint.backward(learning.SpikeCount(cells, 2.0, 10.0, 5.0))
    first, times, count = learning.FirstSpikeCrossEntropy, learning.SpikeTimes, learning.SpikeCount
    rates, surrogate = learning.RateRegularization, learning.Surrogate(1.0)
    for wrong, words in (
        (lambda: learning.Adjoint(5), "network=5"),
        (lambda: learning.Adjoint(snn.Network(others), 5), "surrogate=5"),
        (lambda: learning.Surrogate(0.0), "width is a number > 0"),
        (lambda: adjoint.backward(5), "the loss 5"),
        (lambda: adjoint.backward(least_slope=-1.0), "least_slope is a number >= 0"),
        (lambda: adjoint.backward(least_slope="x"), "least_slope='x'"),
        (lambda: adjoint.backward(times(others, [0], [3.0])), "others is no part"),
        (lambda: first(cells, 0, 0.0), "tau is a number > 0"),
        (lambda: first(cells, 3, 1.0), "target=3; there are 3 neurons"),
        (lambda: first(cells, 1.5, 1.0), "target=1.5"),
        (lambda: first(5, 0, 1.0), "source=5"),
        (lambda: times(cells, [0, 1], [3.0]), r"t is an array \(2,\)"),
        (lambda: times(cells, [3], [3.0]), "indices of 3 neurons"),
        (lambda: times(cells, [0.5], [3.0]), "indices of 3 neurons"),
        (lambda: count(cells, [1.0, 2.0], 10.0, 1.0), r"n is a number or an array \(3,\)"),
        (lambda: count(cells, 1.0, 10.0, 0.0), "tau is a number > 0"),
        (
            lambda: adjoint.backward(count(cells, 1.0, 30.0, 1.0)),
            "SpikeCount: end=30 ms, and a run of",
        ),
        (lambda: adjoint.backward(rates(cells, 0.1, 0.2, 30.0, 1.0)), "the window of spikes"),
        (lambda: rates(cells, 0.1, 0.05, 10.0, 1.0), "high is a number >= 0.1"),
        (lambda: rates(cells, 0.1, 0.2, 10.0, -1.0), "tau is a number > 0"),
        (lambda: gradient.silent(source), "source has spikes that are given"),
        (lambda: learning.VoltageIntegral(5), "source=5"),
        (lambda: learning.VoltageIntegral(source), "source=.*is a StateMonitor of V_m, or a group"),
        (lambda: adjoint.backward(learning.VoltageIntegral(others)), "others is no part"),
        (lambda: adjoint.backward(learning.VoltageIntegral(cells, [1.0])), "target is a number"),
        (lambda: adjoint.backward(Within(learning.VoltageIntegral(cells))), "within another loss"),
        (lambda: learning.Adjoint(snn.Network(others), exact_times="yes"), "exact_times='yes'"),
        (lambda: learning.Adjoint(snn.Network(others), checkpoint_steps=0), "checkpoint_steps=0"),
        (
            lambda: learning.Adjoint(snn.Network(others), surrogate, exact_times=True),
            "exact_times=True and a surrogate",
        ),
        (lambda: adjoint.backward(learning.VoltageIntegral(at_end)), "at_end: when='end'"),
        (lambda: adjoint.backward(learning.VoltageIntegral(coarse)), "coarse: 100 times were rec"),
        (lambda: gradient.weight(5), "5 is not one of the network's synapses"),
        (lambda: gradient.current(others), "others is no part"),
        (lambda: gradient.current(source), "source has spikes that are given"),
        (lambda: learning.Adam("x"), "rate='x'"),
        (lambda: learning.Adam(1.0, epsilon=-1), "epsilon=-1"),
        (lambda: learning.SGD(1.0, True), "momentum=True"),
        (lambda: learning.SGD(1.0).step(S, [1.0, 2.0, 3.0], low=5, high=1), "low=5, high=1"),
    ):
        with pytest.raises(ParameterError, match=words):
            wrong()
