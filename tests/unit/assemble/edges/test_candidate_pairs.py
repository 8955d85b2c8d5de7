"""Conditions with an equation join the pairs that they join where all are looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn.assemble.edges import candidate_pairs, expression_edges

VARIABLES = "v : 1\nkind : integer\nb : boolean"
ASKED: list[dict[str, str]] = [
    {"condition": "v_pre == v_post"},
    # Where there is no root, nothing is equal.
    {"condition": "sqrt(v_pre - 5) == sqrt(v_post - 5)"},
    {"condition": "v_post == v_pre and i != j", "p": "0.2 + 0.5*b_pre", "n": "1 + kind_post % 2"},
    {"condition": "kind_pre + 1 == kind_post - 2 and rand() < 0.3 and not b_post"},
    {"condition": "i % 10 == j % 10 and sin(v_pre) > 0", "p": "0.5"},
    {"j": "k for k in sample(N_post, p=0.3) if k//10 == i"},
    {"i": "k for k in range(N_pre) if v_pre == v_post", "n": "2"},
]
# Pairs may be joined where it does not hold, or how many are looked at matters.
WITHOUT = [
    {"condition": "v_pre == v_post or i == 3"},
    {"condition": "v_pre == rand()"},
    {"condition": "v_pre == v_pre + j"},
    {"j": "k for k in sample(N_post, size=30) if k//10 == i"},
]


def edges(monkeypatch: pytest.MonkeyPatch, asked: dict[str, str], all_pairs: bool) -> Any:
    """Sources, targets and a drawn value of the synapses; and whether pairs were found."""
    monkeypatch.setattr(candidate_pairs, "_FEWEST_PAIRS", 10**18 if all_pairs else 0)
    monkeypatch.setattr(candidate_pairs, "_WORTH", 0)
    found: list[bool] = []

    def noted(*given: Any) -> Any:
        made = candidate_pairs.find_candidates(*given)
        found.append(made is not None)
        return made

    monkeypatch.setattr(expression_edges, "find_candidates", noted)
    source, target = (snn.NeuronGroup(n, VARIABLES, name=f"of_{n}") for n in (60, 700))
    source.v, target.v = np.arange(60.0) // 3, np.arange(700.0) * 7 % 50
    for group, n in ((source, 7), (target, 11)):
        group.kind, group.b = f"i % {n}", "i % 2 == 0"
    synapses = snn.Synapses(source, target, "s : 1", name="S")
    synapses.connect(**asked)
    synapses.s = "rand()"
    return (synapses.i[:], synapses.j[:], synapses.s[:]), any(found)


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_pairs_that_are_found_are_those_of_all(
    monkeypatch: pytest.MonkeyPatch, asked: dict[str, str]
) -> None:
    some, is_found = edges(monkeypatch, asked, all_pairs=False)
    every, _ = edges(monkeypatch, asked, all_pairs=True)
    assert is_found
    assert some[0].size > 20
    for a, b in zip(some, every, strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("asked", WITHOUT, ids=str)
def test_other_conditions_look_at_all_pairs(
    monkeypatch: pytest.MonkeyPatch, asked: dict[str, str]
) -> None:
    assert not edges(monkeypatch, asked, all_pairs=False)[1]
