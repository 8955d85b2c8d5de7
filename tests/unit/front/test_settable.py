"""Nothing that is set is ignored: each attribute acts, or is refused by name."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn import ParameterError
from distsnn.describe.checks.settable import BEFORE_RUN, settable
from tests.public_objects import ERRORS, Everything


def _public(thing: Any) -> list[str]:
    """Attributes and properties of an object that do not begin with an underscore."""
    found = {*vars(type(thing)), *getattr(thing, "__dict__", {})}
    for kind in type(thing).__mro__[1:-1]:
        found |= vars(kind).keys() if kind is not str else set()
    return sorted(name for name in found if not name.startswith("_"))


def test_names_that_cannot_be_set(tmp_path: Path) -> None:
    every = Everything()
    things = every.parts | every.values | every.files(tmp_path)
    classes = {kind for kind in vars(snn).values() if inspect.isclass(kind)}
    classes = {kind for kind in classes if kind.__name__ in snn.__all__} - {snn.Synapses}
    missing = {kind.__name__ for kind in classes} - {type(t).__name__ for t in things.values()}
    assert missing == ERRORS
    for name, thing in things.items():
        can = settable(thing)
        for attribute in ("foo", "rade", *_public(thing)):
            if attribute in can:
                continue
            with pytest.raises(AttributeError, match=rf"\b{attribute}\b") as caught:
                setattr(thing, attribute, 1)
            if attribute in {"foo", "rade"}:
                text = str(caught.value)
                assert all(valid in text for valid in can), (name, text)
                assert can or "nothing of it can be set" in text


def test_values_before_connect() -> None:
    """Brian 2 raises TypeError: there are no synapses yet that could have the value."""
    G = snn.NeuronGroup(3, "v : 1\nq : 1 (shared)", threshold="v > 1", name="G")
    S = snn.Synapses(G, G, "w : 1", on_pre="v_post += w", delay=2 * snn.ms, name="S")
    for name in ("w", "delay", "v_post", "q_pre"):
        with pytest.raises(TypeError, match=rf"S: {name} was set before connect\(\).* Call conn"):
            setattr(S, name, 7)
    for set_some in (
        lambda: S.w.__setitem__(slice(None), 7),
        lambda: S.w.__setitem__("i == 1", 7),
        lambda: setattr(S.pre, "delay", 7),
    ):
        with pytest.raises(ParameterError, match="was set before connect"):
            set_some()
    S.connect()
    assert S.delay[:].tolist() == [2.0] * 9
    S.w = 7
    assert S.w[:].tolist() == [7.0] * 9


def test_indices_mean_the_same_when_they_are_set() -> None:
    """The values are those of Brian 2.9; a list after a condition is refused there."""
    G = snn.NeuronGroup(3, "v : 1\nq : 1 (shared)", threshold="v > 100", name="G")
    S = snn.Synapses(G, G, "w : 1\nsh : 1 (shared)", on_pre="v_post += w", name="S")
    S.connect()
    net = snn.Network(G, S)
    for _ in range(2):
        G.v, S.w = 0, "i + j"
        S.w["i == 1"] += 0.5
        assert S.w[:].tolist() == [0, 1, 2, 1.5, 2.5, 3.5, 2, 3, 4]
        S.w["i == 1"] = [7, 8, 9]
        S.w[0, :] += 1
        assert S.w[:].tolist() == [1, 2, 3, 7, 8, 9, 2, 3, 4]
        # One value in a list is one for all.
        G.v, S.w[1, :] = [5], [6]
        assert (G.v.tolist(), S.w[3:6].tolist()) == ([5] * 3, [6] * 3)
        G.v = 0
        with pytest.raises(ParameterError, match="w was given 2 values; there are 3 synapses"):
            S.w["i == 1"] = [7, 8]
        S.sh[:] = 2
        assert S.sh == 2
        S.q_post = 2
        assert G.q == 2
        S.q_pre = "3*q_post"
        assert G.q == 6
        G.v[G[1:]] = "i"
        G.v[G[2:]] += 1
        assert (G.v[:].tolist(), G.v[G[1:]].tolist()) == ([0, 1, 3], [1, 3])
        assert G[1:].v[G[2:]].tolist() == [3]
        with pytest.raises(ParameterError, match="an index is a part of G"):
            G[1:].v[G] = 1
        net.run(0.1 * snn.ms)


def test_names_before_a_run() -> None:
    """Objects have the names that `run` gives them, whatever has happened in the process."""
    for _ in range(2):
        snn.start_scope()
        first = snn.NeuronGroup(2, "v : 1", threshold="v > 1")
        hidden = [snn.NeuronGroup(2, "v : 1", threshold="v > 1") for _ in range(2)]
        S = snn.Synapses(first, first, "w : 1", on_pre="v_post += w")
        for k, one in enumerate(hidden):
            assert one.name == f"neurongroup_{k + 1}"
        assert (first.name, S.name) == ("neurongroup_0", "synapses_0")
        assert first[1:].name == "neurongroup_0[1:2]"
        net = snn.Network(first, hidden, S, snn.SpikeMonitor(first))
        assert [part.name for part in net.parts] == [
            "neurongroup_0",
            "neurongroup_1",
            "neurongroup_2",
            "synapses_0",
            "spikemonitor_0",
        ]
    # Names that nobody has asked for follow the order of the network, as ever.
    later, earlier = (snn.NeuronGroup(2, "v : 1") for _ in range(2))
    snn.Network(earlier, later)
    assert (earlier.name, later.name) == ("neurongroup_0", "neurongroup_1")


def test_names_that_can_be_set_act_between_runs_or_are_refused_until_then() -> None:
    every = Everything()
    every.network.run(1 * snn.ms)
    acted, refused = 0, 0
    for name, thing in every.parts.items():
        for attribute, when in settable(thing).items():
            before = getattr(thing, attribute)
            if attribute in {"origin", "parameters", "dt", "schedule"}:
                continue  # set once below, for all
            if attribute == "when":
                with pytest.raises(ValueError, match="after the first run"):
                    thing.when = "end"
                continue
            if attribute in {"delay", "dendritic_delay", "stdp"}:
                continue  # test_rules_between_runs.py sets them
            value: Any = np.asarray(before) * 1.25
            if attribute == "indices":
                value = np.asarray(before)[::-1]
            elif attribute in {"v_post", "v", "I_post", "I"} and name in {"written", "table"}:
                value = 0.125  # of neurons that several synapses share
            elif np.ndim(before) == 0:
                value = type(before)(value)
            if when == BEFORE_RUN:
                with pytest.raises((AttributeError, ValueError), match=attribute):
                    setattr(thing, attribute, value)
                value, refused = before, refused + 1
            else:
                setattr(thing, attribute, value)
                acted += 1
            np.testing.assert_allclose(getattr(thing, attribute), value, rtol=1e-6, err_msg=name)
    assert (acted, refused) > (35, 5)
    with pytest.raises(ParameterError, match=r"S: active was set; .*state"):
        every.parts["plastic"].active = False
    every.network.origin = {"command": "test"}
    snn.defaultclock.dt = 0.05 * snn.ms
    every.network.run(1 * snn.ms)
    assert every.network.t == pytest.approx(2.0)
