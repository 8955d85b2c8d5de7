"""What distsnn has not of Brian 2 is refused by its name."""

from __future__ import annotations

import copy
import re

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import ParameterError
from distsnn.front import unsupported


@pytest.mark.parametrize("name", unsupported.__all__)
def test_names(name: str) -> None:
    assert name in snn.__all__
    thing = getattr(snn, name)
    for use in (thing, lambda: thing.codegen, lambda: setattr(thing, "target", "numpy")):
        with pytest.raises(ParameterError, match=f"{name}: this is part of Brian 2 and not"):
            use()
    assert not hasattr(thing, "__wrapped__")


def test_attributes() -> None:
    G = snn.NeuronGroup(2, "dv/dt = -v/(5*ms) : 1", threshold="v > 1", name="cells")
    S = snn.Synapses(G, G, "w : 1", on_pre="v_post += w")
    P = snn.SpikeGeneratorGroup(2, [0], [1.0])
    for thing, name in [(G, "run_regularly"), (G, "set_states"), (P, "set_spikes"), (S, "clock")]:
        with pytest.raises(AttributeError, match=f"{name} of Brian 2 is not supported; .*[a-z]\\."):
            getattr(thing, name)
    monitors = (snn.SpikeMonitor(G), snn.StateMonitor(G, "v", True), snn.PopulationRateMonitor(G))
    for thing in (G, S, P, *monitors):
        with pytest.raises(AttributeError, match=r"active of Brian 2 is not supported; .*[a-z]\."):
            thing.active = False
    assert copy.copy(P).N == 2
    assert not hasattr(P, "other")


@pytest.mark.parametrize(
    "given", [{"dt": 0.1}, {"events": {"e": "v > 1"}}, {"order": 1}, {"dtype": float}]
)
def test_arguments(given) -> None:
    name = next(iter(given))
    with pytest.raises(ParameterError, match=re.escape(f"NeuronGroup: {name}= of Brian 2 is not")):
        snn.NeuronGroup(2, "v : 1", **given)
    with pytest.raises(ParameterError, match="SpikeGeneratorGroup: period= of Brian 2"):
        snn.SpikeGeneratorGroup(2, [0], [1.0], period=3.0)


def test_booleans_are_set_by_booleans() -> None:
    G = snn.NeuronGroup(3, "f : boolean\nv : 1")
    G.f = [True, False, True]
    assert G.f.tolist() == [1, 0, 1]
    G.f = np.array([False, False, True])
    G.f[0] = True
    assert G.f.tolist() == [1, 0, 1]
    with pytest.raises(ParameterError):
        G.v = [True, False, True]
