"""Statements and calls at given times."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import ParameterError
from distsnn.exchange import run_loopback

TIMES = [0.0, 0.3, 0.5, 1.2]


def network() -> tuple[snn.Network, Any, list[float]]:
    """A group and synapses whose statements run at given times, and a function called at others."""
    G = snn.NeuronGroup(5, "v : 1\nu : 1", name="g")
    G.run_at("v += 1", times=TIMES)
    G[1:3].run_at("u += v", times=[0.5], when="end", name="part")
    S = snn.Synapses(G, G, "w : 1", name="s")
    S.connect(j="i")
    S.run_at("w += v_post", [1.2, 0.1])
    called: list[float] = []
    clock = snn.EventClock([0.25, 1.0])

    def note(t: float) -> None:
        called.append(t)

    operation = snn.NetworkOperation(note, clock=clock, name="called")
    trace = snn.StateMonitor(G, "v", record=0, when="end", name="trace")
    return snn.Network(G, S, operation, trace), S, called


def values(net: snn.Network, S: Any, called: list[float]) -> list[Any]:
    G = net["g"]
    return [net["trace"].v[0].tolist(), G.u.tolist(), S.w.tolist(), [round(t, 6) for t in called]]


def test_statements_run_at_their_times_on_any_number_of_ranks(tmp_path: Path) -> None:
    path = tmp_path / "state.h5"

    def job(load: bool) -> list[Any]:
        made = network()
        if load:
            made[0].load(path)
        else:
            made[0].run(0.6)
            made[0].save(path, overwrite=True)
        made[0].run(0.9)
        return values(*made)

    steps = np.arange(15)
    v = [sum(round(time / 0.1) <= step for time in TIMES) for step in steps]
    expected = [v, [0, 3, 3, 0, 0], [5] * 5, [0.25, 1.0]]
    for count in (1, 3, 7):
        for found in run_loopback(count, lambda _: job(load=False)):
            assert found == expected
    for count in (1, 2, 4):
        for found in run_loopback(count, lambda _: job(load=True)):
            assert found[:3] == expected[:3]
            assert found[3] == [1.0]


def test_what_is_no_time_is_refused() -> None:
    clock = snn.EventClock([0.5, 0.1])
    assert (clock[1], len(clock), clock.times.tolist()) == (0.5, 2, [0.1, 0.5])
    for times, words in (([1, 1], "each once"), ([-1.0], ">= 0"), ("x", "could not convert")):
        with pytest.raises((ParameterError, ValueError), match=words):
            snn.EventClock(times)
    with pytest.raises(ParameterError, match="an EventClock"):
        snn.NeuronGroup(1, "v : 1", clock=clock)
    G = snn.NeuronGroup(1, "v : 1", name="g")
    G.run_at("v += 1", [0.25])
    with pytest.raises(ParameterError, match=r"g: .*no multiples of the time step, 0\.1 ms"):
        snn.Network(G).run(1)
