"""Recognition is one pass that changes what is built, not what a network is."""

from __future__ import annotations

import pytest

import distsnn as snn
from distsnn.assemble.recognition.recognize import changed_rules, recognized, recognized_as
from distsnn.describe.outline import outline
from distsnn.describe.synapses.equation_based import SynapticValue
from distsnn.describe.synapses.synapses import WEIGHT
from distsnn.errors import ParameterError

RULE = {
    "model": """w : 1
                dp/dt = -p/tau : 1 (event-driven)
                dq/dt = -q/tau : 1 (event-driven)""",
    "on_pre": "h_post += w; p += 0.1; w = clip(w + q, 0, 1)",
    "on_post": "q -= 0.1; w = clip(w + p, 0, 1)",
}


class Parts:
    """Built-in synapses between others: added weights, a pair rule, and what needs code."""

    def __init__(self, recognize: bool = True) -> None:
        self.names = {"tau": 20.0}
        G = snn.NeuronGroup(
            4, "v : 1\ndg/dt = -g/ms : 1\ndh/dt = -h/ms : 1", threshold="v > 1", reset="v = 0"
        )
        cells = snn.NeuronGroup(4, snn.LIF())
        self.added = snn.Synapses(G, G, "w : 1", on_pre="g_post += 2*w", recognize=recognize)
        built_in = snn.Synapses(cells, cells, snn.Exponential(5.0), weight=3.0)
        self.learning = snn.Synapses(G, G, **RULE, namespace=self.names)  # type: ignore[arg-type]  # texts
        self.other = snn.Synapses(G, G, "w : 1", on_pre="v_post += w; w *= 2")
        made = [self.added, built_in, self.learning, self.other]
        for synapses in made:
            synapses.connect()
        self.learning.w = 0.5
        self.net = snn.Network(G, cells, *made)


def test_a_pure_pass() -> None:
    parts = Parts()
    given = parts.net.description
    found = recognized(given)
    assert [s.name for s in found.synapses] == [s.name for s in given.synapses]
    assert found.generated == (3,)
    assert [s.pair is not None for s in found.synapses] == [False, False, True, False]
    # Built-in synapses come first in tables.
    names = [given.synapses[n].name for n in (1, 0, 2)]
    assert [p.name for p in found.projections] == names
    # It is no part of what the network is, and a second pass changes nothing.
    assert found.digest == given.digest
    assert outline(found) == outline(given)
    assert recognized(found) is found
    assert [s.needs_code for s in given.synapses] == [True, False, True, True]


def test_why_not() -> None:
    parts = Parts(recognize=False)
    description = parts.net.description
    found = recognized(description)
    assert found.generated == (0, 3)
    reasons = [getattr(s.effect, "reason", None) for s in found.synapses]
    assert reasons[0] == "they were made with recognize=False"
    assert reasons[3] == "1 pathways have 2 statements, and a table one"
    assert description.digest != Parts().net.description.digest
    for traced in (recognized(description, {2}), recognized(description, recorded=[(2, "p")])):
        assert traced.generated == (0, 2, 3)
        assert "a trace of theirs is recorded" in traced.synapses[2].effect.reason  # type: ignore[union-attr]  # it has statements
    with pytest.raises(ParameterError, match="recognize=1; recognize is True or False"):
        snn.Synapses(parts.added.source, parts.added.target, recognize=1)  # type: ignore[arg-type]  # wrong


def test_other_values() -> None:
    """What was recognized stays so, with the values that there are now."""
    parts = Parts()
    before = recognized(parts.net.description)
    assert before.synapses[0].connects[0].values[WEIGHT] == 0.0
    parts.added.w = "i"
    parts.names["tau"] = 30.0
    parts.net._state.members.look_up({})
    now = parts.net.description
    found = recognized_as(now, before)
    assert found.generated == before.generated
    assert isinstance(found.synapses[0].connects[0].values[WEIGHT], SynapticValue)
    assert recognized_as(found, before).digest == found.digest == now.digest
    assert changed_rules(now, before) == {2}
    assert changed_rules(now, recognized(now)) == set()
