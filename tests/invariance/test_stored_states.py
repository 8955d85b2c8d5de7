"""States that are kept in memory or in files are gone back to, on any number of ranks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn import Hz, ms
from distsnn.errors import NotThereError, ParameterError, UnknownNameError
from distsnn.exchange import World
from tests.invariance.test_ranks import Result, check

RULE = {
    "model": "w : 1\ndp/dt = -p/(9*ms) : 1 (event-driven)\ndq/dt = -q/(8*ms) : 1 (event-driven)",
    "on_pre": "v_post += 0.1*w; p += 0.1; w = clip(w + q, 0, 2)",
    "on_post": "q -= 0.1; w = clip(w + p, 0, 2)",
}


class Model:
    def __init__(self, **given: Any) -> None:
        snn.start_scope()
        self.G = G = snn.NeuronGroup(
            17, "dv/dt = (1.3 - v)/(8*ms) + k*xi*sqrt(2/(8*ms)) : 1\nk : 1", threshold="v > 1",
            reset="v = 0", method="euler", name="G",
        )  # fmt: skip
        G.v, G.k = "rand()", 0.1
        self.P = P = snn.PoissonGroup(7, rates=100 * Hz, name="P")
        S = [
            snn.Synapses(P, G, name="table", **RULE),
            snn.Synapses(P, G, name="code", recognize=False, **RULE),
            snn.Synapses(G, G, "w : 1", on_pre="v_post += 0.01*w*rand()", name="drawn"),
        ]
        for one in S:
            one.connect(p=0.4)
            one.w, one.delay = "rand()", "rand()*4*ms"
        self.S = S
        self.M = snn.StateMonitor(G, "v", record=[1, 4], name="M")
        self.K = snn.SpikeMonitor(P, name="K")
        self.net = snn.Network(G, P, *S, self.M, self.K, **given)

    def found(self) -> np.ndarray:
        weights = [one.w[:] for one in self.S]
        return np.concatenate([self.M.v.ravel(), self.K.t[:], self.G.v[:], *weights, [self.net.t]])

    def runs(self, *durations: float) -> np.ndarray:
        for duration in durations:
            self.net.run(duration)
        return self.found()


def stored(folder: Path) -> object:
    def job(world: World) -> Result:
        one = Model()
        net, found = one.net, {}
        net.store()
        snn.seed(7)
        found["first"] = one.runs(5.3)
        net.store("middle")
        found["whole"] = one.runs(7)
        net.restore()
        assert (net.t, one.M.N, one.K.num_spikes) == (0, 0, 0)
        found["second"] = one.runs(5.3, 7)
        for name in ("seed before", "seed after"):
            if name == "seed before":
                snn.seed(7)
            net.restore()
            if name == "seed after":
                snn.seed(7)
            found[name] = one.runs(12.3)
        net.restore("middle")
        assert one.M.N == 53
        found["third"] = one.runs(7)
        net.restore("middle", restore_random_state=True)
        one.S[1].w = 0
        one.G.k = 0.2
        found["changed"] = one.runs(7)
        net.restore("middle", restore_random_state=True)
        path = folder / f"states{world.size}.h5"
        net.store("middle", path)
        found["again"] = one.runs(7)
        net.restore("middle", path, restore_random_state=True)
        found["file"] = one.runs(7)
        return found

    return job


def test_states(tmp_path: Path) -> None:
    found = check(stored(tmp_path), (1, 3, 7))
    for name in ("seed after", "again", "file"):
        assert found[name].tobytes() == found["whole"].tobytes(), name
    # Both are the first trial after the seed.
    assert found["seed before"].tobytes() == found["second"].tobytes()
    others = ("second", "third", "changed", "whole")
    for n, name in enumerate(others):
        for other in others[n + 1 :]:
            assert not np.array_equal(found[name], found[other]), (name, other)


def test_refused() -> None:
    G = snn.NeuronGroup(2, "v : 1", name="G")
    net = snn.Network(G)
    with pytest.raises(UnknownNameError, match=r"unknown name 'x'; there are no names.*Call store"):
        net.restore("x")
    net.store()
    net.add(snn.NeuronGroup(2, "v : 1", name="H"))
    with pytest.raises(NotThereError, match="H has been added since the state was stored"):
        net.restore()
    S = snn.Synapses(G, G, "w : 1", name="S")
    S.connect()
    net.add(S)
    net.run(0)
    net.remove(G)
    with pytest.raises(ParameterError, match="S refers to G, which is not part of the network"):
        net.run(0)
    with pytest.raises(KeyError, match="is not part of the network; its objects are G, H, S"):
        net.remove(snn.SpikeMonitor(snn.PoissonGroup(1, 1 * ms)))


def test_constants_change_after_going_back_as_in_brian(caplog: pytest.LogCaptureFixture) -> None:
    G = snn.NeuronGroup(1, "dv/dt = (2 - v)/tau : 1", threshold="v > 1", reset="v = 0")
    M = snn.SpikeMonitor(G)
    net = snn.Network(G, M)
    net.store()
    found = []
    for tau in (5 * snn.ms, 10 * snn.ms, 5 * snn.ms):  # noqa: B007 - the equations name it
        net.restore()
        net.run(30 * snn.ms)
        found.append(M.num_spikes)
    assert found[0] == found[2] > found[1] > 0
    assert not caplog.records
