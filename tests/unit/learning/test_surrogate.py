"""Surrogate gradients: their definition, beside networks with spikes of some strength."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

import distsnn as snn
from distsnn import learning

END = 25.0
WIDTH = 4.0
WEIGHTS = {"to_A": 500.0, "to_C": 700.0, "A_to_C": 400.0, "A_to_B": -300.0, "C_to_B": 250.0}


@dataclass
class Ran:
    """A chain of A, C and B, with what it left: A and C do not spike."""

    loss: float
    potentials: dict[str, np.ndarray]
    gradient: dict[str, float]


def chain(
    weights: dict[str, float],
    strengths: dict[str, float] | None = None,
    steps: dict[str, int] | None = None,
    loss_of_C: bool = False,
) -> Ran:
    """Source to A and C, A to C and B, C to B; spikes of A and C are given, with some strength."""
    source = snn.SpikeGeneratorGroup(1, [0], [1.0], name="source")
    A, C = (snn.NeuronGroup(1, snn.LIF(), name=name) for name in "AC")
    B = snn.NeuronGroup(1, snn.LIF(V_th=1000.0), name="B")
    current = snn.Exponential(tau=5.0)
    pre = {"A": A, "C": C}
    if strengths is not None and steps is not None:
        pre = {x: snn.SpikeGeneratorGroup(1, [0], [0.1 * steps[x]], name=f"of_{x}") for x in "AC"}
    made = {}
    for name, weight in weights.items():
        ends = {"to_A": (source, A), "to_C": (source, C), "A_to_C": (pre["A"], C)}
        ends |= {"A_to_B": (pre["A"], B), "C_to_B": (pre["C"], B)}
        strength = 1.0
        if strengths is not None and name[0] in strengths:
            strength = strengths[name[0]]
        # C is highest after A.
        delay = 7.0 if name == "to_C" else 1.5
        made[name] = snn.Synapses(
            *ends[name], current, weight=strength * weight, delay=delay, name=name
        )
        made[name].connect()
    traces = {x.name: snn.StateMonitor(x, "V_m", record=True) for x in (A, C, B)}
    groups = [source, A, C, B, *({} if strengths is None else pre).values()]
    net = snn.Network(*groups, *made.values(), *traces.values())
    adjoint = learning.Adjoint(net, learning.Surrogate(WIDTH))
    net.run(END)
    losses = [learning.VoltageIntegral(traces["B"], -65.0)]
    if loss_of_C:
        losses.append(learning.SpikeCount(C, 2.0, 15.0, 3.0))
    gradient = adjoint.backward(*losses)
    potentials = {name: np.asarray(trace.V_m)[0, 1:] for name, trace in traces.items()}
    found = {name: float(gradient.weight(S)[0]) for name, S in made.items()}
    return Ran(gradient.value, potentials, found)


def test_definition() -> None:
    """Differences of losses and potentials by the strength of spikes, times the surrogate."""
    of_count = chain(WEIGHTS, loss_of_C=True)
    ran = chain(WEIGHTS)
    steps = {x: int(ran.potentials[x].argmax()) for x in "AC"}
    assert all(ran.potentials[x].max() < -55.0 for x in "AC")
    surrogate = {
        x: 0.5 / WIDTH / (1 + abs(ran.potentials[x].max() + 55.0) / WIDTH) ** 2 for x in "AC"
    }
    none = {"A": 0.0, "C": 0.0}

    def difference(x: str) -> tuple[float, float]:
        """Of the loss, and of the highest potential of C, by the strength of a spike of x."""
        up, down = (chain(WEIGHTS, none | {x: h}, steps) for h in (0.5, -0.5))
        at = steps["C"]
        return up.loss - down.loss, up.potentials["C"][at] - down.potentials["C"][at]

    def by_weight(x: str) -> float:
        """Of the highest potential of x by the weight of the source."""
        more = chain(WEIGHTS | {f"to_{x}": WEIGHTS[f"to_{x}"] + 50.0}, none, steps)
        return float(more.potentials[x][steps[x]] - ran.potentials[x].max()) / 50.0

    by_C = difference("C")[0] * surrogate["C"]
    loss_by_A, C_by_A = difference("A")
    by_A = (loss_by_A + by_C * C_by_A) * surrogate["A"]
    assert C_by_A > 1.0
    assert ran.gradient["to_C"] == pytest.approx(by_C * by_weight("C"), rel=1e-9)
    assert ran.gradient["to_A"] == pytest.approx(by_A * by_weight("A"), rel=1e-9)
    # Spikes of strength 0 leave nothing to their weights.
    assert ran.gradient["A_to_C"] == ran.gradient["A_to_B"] == ran.gradient["C_to_B"] == 0.0
    # A loss of spikes that are not there: one more would count by when it is.
    counts = 1.0 / (1.0 + np.exp(((steps["C"] + 1) * 0.1 - 15.0) / 3.0))
    more = -2.0 * counts * surrogate["C"] * by_weight("C")
    assert of_count.gradient["to_C"] == pytest.approx(ran.gradient["to_C"] + more, rel=1e-9)
    assert of_count.loss == pytest.approx(ran.loss + 2.0)


def test_silent_neurons_learn_to_spike() -> None:
    source = snn.SpikeGeneratorGroup(1, [0], [1.0], name="source")
    hidden, output = (snn.NeuronGroup(2, snn.LIF(), name=name) for name in ("hidden", "output"))
    current = snn.Exponential(tau=5.0)
    first = snn.Synapses(source, hidden, current, weight=600.0, delay=1.0, name="first")
    uneven = np.array([[600.0, 900.0], [900.0, 600.0]])
    second = snn.Synapses(hidden, output, current, weight=uneven, delay=1.0, name="second")
    other = snn.Synapses(source, output, current, weight=100.0, delay=5.0, name="other")
    for S in (first, second, other):
        S.connect()
    net = snn.Network(source, hidden, output, first, second, other)
    adjoint = learning.Adjoint(net, learning.Surrogate(width=5.0))
    net.store()
    adam, weights = learning.Adam(rate=40.0), None
    loss = learning.FirstSpikeCrossEntropy(output, 1, 2.0)
    for _ in range(60):
        net.restore()
        if weights is not None:
            first.w, second.w = weights
        net.run(30.0, progress=False)
        gradient = adjoint.backward(loss, least_slope=0.1)
        if gradient.value < 0.1:
            break
        for S in (first, second):
            adam.step(S, gradient.weight(S))
        weights = np.array(first.w), np.array(second.w)
    assert gradient.value < 0.1
    assert gradient.silent(hidden).size < 2
