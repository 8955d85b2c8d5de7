"""Which texts of synapses say the pair rule, and which do not."""

from __future__ import annotations

from typing import Any

import pytest

import distsnn as snn
from distsnn.assemble.recognition.recognize import recognized
from distsnn.describe.synapses.equation_based import RecognizedPairRule

MODEL = """w : 1
           da/dt = -a/taua : 1 (event-driven)
           db/dt = -b/taub : 1 (event-driven)"""
PRE = "g_post += w; a += A; w = clip(w + b, 0, top)"
POST = "b += B; w = clip(w + a, 0, top)"


def planned(
    model: str = MODEL, on_pre: Any = PRE, on_post: Any = POST, further: str = "", **names: float
) -> tuple[snn.Network, snn.Synapses]:
    given = {"taua": 20.0, "taub": 30.0, "A": 0.1, "B": -0.2, "top": 2.0} | names
    G = snn.NeuronGroup(
        4, "v : 1\ndg/dt = -g/ms : 1\np : 1" + further, threshold="v > 1", reset="v = 0", name="G"
    )
    S = snn.Synapses(G, G, model, on_pre=on_pre, on_post=on_post, namespace=given, name="S")
    S.connect()
    S.w = 1.0
    return snn.Network(G, S), S


def pair_of(net: snn.Network) -> RecognizedPairRule | None:
    synapses = recognized(net.description).synapses[0]
    assert synapses.needs_code == (synapses.pair is None)
    return synapses.pair


@pytest.mark.parametrize(
    ("on_pre", "on_post", "rule"),
    [
        (PRE, POST, (0.1, 0.2, 0.0, 2.0, "before")),
        (
            "a += A; w = clip(w + b, 0, top); g += w",
            "w = clip(a + w, 0, top); b = b + B",
            (0.1, 0.2, 0.0, 2.0, "after"),
        ),
        (
            "w += b; a -= A; g_post += w",
            "b -= B; w -= a",
            (0.1, -0.2, -float("inf"), float("inf"), "after"),
        ),
        (
            "g_post += w; w = clip(w - b, -top/2, top*exp(0)); a += 2*A",
            "w = clip(w + a, -1, 2); b += 0.3",
            (0.2, 0.3, -1.0, 2.0, "before"),
        ),
    ],
)
def test_rules(on_pre: str, on_post: str, rule: tuple[float, float, float, float, str]) -> None:
    pair = pair_of(planned(on_pre=on_pre, on_post=on_post)[0])
    assert pair is not None
    found = pair.rule
    assert (found.A_plus, found.A_minus, found.w_min, found.w_max, found.transmits) == rule
    assert (found.tau_plus, found.tau_minus) == (20.0, 30.0)
    # Tables are told apart by the object.
    assert pair_of(planned(on_pre=on_pre, on_post=on_post)[0]).rule is found  # type: ignore[union-attr]  # as above


@pytest.mark.parametrize(
    "given",
    [
        {"model": MODEL.replace("taua ", "tau ") + "\ntau : second"},
        {"model": MODEL + "\nz : 1"},
        {"model": MODEL.replace("-a/taua", "-a/taua + 0.1/ms")},
        {"model": MODEL.replace("-a/taua", "-(a + b)/taua")},
        {"model": MODEL.replace("-a/taua", "-2*a/taua")},
        {"model": MODEL.replace("w : 1", "w : integer")},
        {"model": MODEL.replace("event-driven", "clock-driven")},
        {"model": MODEL + "\np_post = w : 1 (summed)"},
        {"on_pre": PRE + "; p_post += w"},
        {"on_pre": PRE + "; a = clip(a, 0, 1)"},
        {"on_pre": PRE.replace("w + b", "w + 2*b")},
        {"on_pre": PRE.replace("w + b", "w + a")},
        {"on_pre": PRE.replace("w + b", "w + w*b")},
        {"on_pre": PRE.replace("top", "3")},
        {"on_pre": PRE.replace("g_post += w", "g_post += 2*w")},
        {"on_pre": PRE.replace("g_post += w", "g_post -= w")},
        {"on_pre": PRE.replace("g_post += w", "g_post += w*p_pre")},
        {"on_pre": PRE.replace("a += A", "a = A")},
        {"on_pre": PRE.replace("a += A", "a += A*rand()")},
        {"on_pre": PRE.replace("a += A", "a += A*i")},
        {"on_pre": {"pre": "g_post += w; a += A", "other": "w = clip(w + b, 0, top)"}},
        {"on_post": POST + "; a += 0.1"},
        {"on_post": "b += B"},
        {"on_post": POST + "; g_post += 0.1"},
        {"A": 0.0, "B": 0.0},
        {"top": -1.0},
        {"taua": -1.0},
    ],
)
def test_other_texts(given: dict[str, Any]) -> None:
    assert pair_of(planned(**given)[0]) is None


@pytest.mark.parametrize(
    ("variable", "value", "fast"),
    [
        ("w", 2.0, True),
        ("w", 2.1, False),
        ("w", "2*rand()", True),
        ("w", "2.5*rand()", False),
        ("w", "i - 1.0", False),
        ("w", snn.Uniform(0.0, 2.0), True),
        ("a", 0.1, False),
        ("b", 0.0, False),
        ("lastupdate", 0.0, False),
        ("delay", "0.5*i*ms", True),
        ("delay", 0.7, True),
    ],
)
def test_values(variable: str, value: Any, fast: bool) -> None:
    net, S = planned()
    setattr(S, variable, value)
    assert (pair_of(net) is not None) == fast


def test_delays_from_spikes_of_targets() -> None:
    net, S = planned()
    S.post.delay = 0.0
    assert pair_of(net) is not None
    S.post.delay = 0.1
    assert pair_of(net) is None


def test_somebody_else_looks_at_the_target_variable() -> None:
    S = planned()[1]
    other = snn.Synapses(S.source, S.target, "z : 1", on_pre="z = g_post")
    other.connect()
    assert pair_of(snn.Network(S.source.group, S, other)) is None
