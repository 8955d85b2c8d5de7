"""Monitors of the variables of synapses."""

from __future__ import annotations

import math

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import ParameterError, UnknownNameError
from distsnn.exchange import World
from tests.invariance.test_ranks import check

MODEL = "w : 1\ndx/dt = -x/(5*ms) : 1 (clock-driven)"


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
    sources, target, S, M = plastic(variables="y", record=True)
    with pytest.raises(UnknownNameError, match="valid names are "):
        snn.Network(sources, target, S, M).run(1.0)
    sources, target, S, M = plastic(record=True)
    with pytest.raises(ParameterError, match="records synapses that are not part of the network"):
        snn.Network(sources, target, M)


def test_synapses_that_never_change() -> None:
    G = snn.NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0")
    S = snn.Synapses(G, G, "w : 1", on_pre="v_post += 0.1")
    S.connect()
    M = snn.StateMonitor(S, "w", record=True)
    with pytest.raises(ParameterError, match="nothing changes their variables during a run"):
        snn.Network(G, S, M).run(1.0)
