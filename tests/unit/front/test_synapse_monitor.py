"""Monitors of the variables of synapses."""

from __future__ import annotations

import math

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.recognition.recognize import recognized
from distsnn.errors import EquationError, ParameterError, UnknownNameError
from distsnn.exchange import World
from tests.invariance.test_ranks import check

MODEL = "w : 1\ndx/dt = -x/(5*ms) : 1 (clock-driven)"


def slow(net: snn.Network) -> tuple[int, ...]:
    return recognized(net.description).generated


def plastic(n: int = 1, **given) -> tuple:
    sources = snn.SpikeGeneratorGroup(3, [0, 1, 2, 0], [0.5, 1.0, 1.0, 2.0])
    target = snn.NeuronGroup(4, "v : 1")
    S = snn.Synapses(sources, target, MODEL, on_pre="x += w; w += 1", method="exact", name="S")
    S.connect()
    S.w = "i + 10*j"
    return sources, target, S, snn.StateMonitor(S, **{"variables": ["x", "w"], **given})


def test_course() -> None:
    sources, target, S, M = plastic(record=[4, 0])
    snn.Network(sources, target, S, M, dt=0.1).run(3.0)
    # Number 4 is (1, 0), number 0 is (0, 0).
    for row, (steps, first) in enumerate((([10], 1.0), ([5, 20], 0.0))):
        x, w, xs, ws = 0.0, first, [], []
        for step in range(30):
            xs.append(x)
            ws.append(w)
            x *= math.exp(-0.1 / 5)
            if step in steps:
                x, w = x + w, w + 1
        np.testing.assert_allclose(M.x[row], xs, rtol=1e-12)
        assert M.w[row].tolist() == ws
    assert np.array_equal(M[4].x, M.x[0])
    assert M.t[1] == pytest.approx(0.1)


def test_all_on_any_number_of_ranks() -> None:
    def job(world: World) -> dict[str, np.ndarray]:
        sources, target, S, M = plastic(record=True, dt=0.5)
        network = snn.Network(sources, target, S, M, dt=0.1)
        network.run(1.2)
        network.run(1.8)
        return {"x": M.x, "w": M.w, "t": M.t, "now": np.array(S.x)}

    found = check(job)
    assert found["x"].shape == (12, 6)
    assert found["w"][:, 0].tolist() == [i + 10 * j for i in range(3) for j in range(4)]


def test_errors() -> None:
    with pytest.raises(ParameterError, match=r"12 does not exist in S; indices are 0 to 11"):
        plastic(record=[12])
    with pytest.raises(UnknownNameError, match="valid names are "):
        plastic(variables="y", record=True)
    sources, target, _S, M = plastic(record=True)
    with pytest.raises(ParameterError, match="records synapses that are not part of the network"):
        snn.Network(sources, target, M)


EXPRESSIONS = """
    w : 1
    {x}
    own = w*x + i - 2*j*scale : 1
    late = own + t/ms + int(x > 1) : 1
    ends = v_post*p_pre + u_pre*w : 1
"""


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("when", ["start", "end"])
def test_subexpressions(fast: bool, when: str) -> None:
    names = ["own", "late", "ends", "w"][: 4 if when == "start" else 2]

    def job(world: World) -> dict[str, np.ndarray]:
        P = snn.NeuronGroup(3, "du/dt = 1.3/(2*ms) : 1\np : 1", threshold="u > 1", reset="u = 0")
        G = snn.NeuronGroup(4, "dv/dt = -v/(3*ms) : 1", threshold="v > 9")
        P.u, P.p = "0.3*i", "1 + i"
        model = EXPRESSIONS.format(x="x : 1" if fast else "dx/dt = -x/(5*ms) : 1 (clock-driven)")
        given = {"scale": 0.5}
        on_pre = "v_post += w" if fast else "v_post += w; x += 1"
        S = snn.Synapses(P, G, model, on_pre=on_pre, method="exact", namespace=given, name="S")
        S.connect()
        S.w = "0.25 + i + 10*j"
        M = snn.StateMonitor(S, names, record=[4, 0, 7], when=when)
        traces = {
            "v": snn.StateMonitor(G, "v", record=True, when=when),
            "u": snn.StateMonitor(P, "u", record=True, when=when),
            "x": snn.StateMonitor(S, "x", record=True, when=when),
        }
        net = snn.Network(P, G, S, M, *traces.values())
        assert slow(net) == (() if fast else (0,))
        net.run(2.0)
        given["scale"] = 0.25
        P.p = 7
        S.w[4:] = 0.125
        net.run(1.0)
        return {n: getattr(M, n) for n in names} | {n: getattr(m, n) for n, m in traces.items()}

    found = check(job)
    late = np.arange(30) >= 20
    recorded = np.array([4, 0, 7])
    i, j = (part[:, None] for part in np.divmod(recorded, 4))
    w = np.where(late & (recorded[:, None] >= 4), 0.125, 0.25 + i + 10 * j)
    x = found["x"][recorded]
    own = w * x + i - 2 * j * np.where(late, 0.25, 0.5)
    np.testing.assert_allclose(found["own"], own, rtol=1e-12)
    np.testing.assert_allclose(found["late"], own + np.arange(30) * 0.1 + (x > 1), rtol=1e-12)
    if when == "start":
        ends = found["v"][j[:, 0]] * np.where(late, 7, 1 + i) + found["u"][i[:, 0]] * w
        np.testing.assert_allclose(found["ends"], ends, rtol=1e-12)
        assert found["w"].tobytes() == w.tobytes()


def test_subexpressions_that_cannot_be_recorded() -> None:
    stim = snn.TimedArray([1.0, 2.0], dt=0.5)
    G = snn.NeuronGroup(
        2,
        "dv/dt = -v/ms : 1\ny = stim(t) : 1",
        threshold="v > 1",
        reset="v = 0",
        namespace={"stim": stim},
    )
    S = snn.Synapses(G, G, "a = y_post : 1\nb = v_pre : 1", on_pre="v_post += 0.1")
    S.connect()
    with pytest.raises(EquationError, match=r"reads a, which calls stim\(\) of the neurons; "):
        snn.Network(G, S, snn.StateMonitor(S, "a", record=True)).run(1.0)
    with pytest.raises(EquationError, match=r'reads v_pre within a step; .* when="start"'):
        snn.Network(G, S, snn.StateMonitor(S, "b", record=True, when="end")).run(1.0)


@pytest.mark.parametrize("event", ["v_post += w", "w += 0"])
def test_timed_arrays_in_what_is_recorded(event: str) -> None:
    """Also of synapses that have become projections."""
    stim = snn.TimedArray([0.1, 0.4, 0.2], dt=1.0)  # noqa: F841 - the texts refer to them
    two = snn.TimedArray(np.array([[1.0, 2.0], [3.0, 5.0]]), dt=1.0)  # noqa: F841 - as above
    G = snn.NeuronGroup(2, "v : 1", threshold="v > 100")
    S = snn.Synapses(G, G, "w : 1\nq = stim(t)*w + two(t, j) : 1", on_pre=event)
    S.connect(i=[0, 1], j=[1, 0])
    S.w = [2, 3]
    M = snn.StateMonitor(S, "q", record=True, dt=1.0)
    net = snn.Network(G, S, M, dt=0.1)
    assert slow(net) == (() if event.startswith("v") else (0,))
    net.run(3.0)
    np.testing.assert_allclose(M.q, [[2.2, 5.8, 5.4], [1.3, 4.2, 3.6]], rtol=1e-12)
