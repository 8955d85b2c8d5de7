"""``seed()`` of `distsnn.brian` repeats draws, as in Brian 2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import distsnn as snn

b2 = pytest.importorskip("distsnn.brian", exc_type=ImportError)


def objects(names: Any) -> tuple[Any, Any]:
    names.start_scope()
    G = names.NeuronGroup(5, "v : 1\nx : 1", name="G")
    S = names.Synapses(G, G, "w : 1", name="S")
    S.connect()
    return G, S


def drawn(G: Any, S: Any) -> np.ndarray:
    G.v, S.w = "rand()", "randn()"
    return np.concatenate([G.v[:], S.w[:]])


def test_the_same_seed_repeats_what_is_assigned() -> None:
    G, S = objects(b2)
    b2.seed(7)
    first, numbers = drawn(G, S), b2.rand(3)
    second = drawn(G, S)
    b2.seed(7)
    assert np.array_equal(drawn(G, S), first)
    assert np.array_equal(b2.rand(3), numbers)
    assert np.array_equal(drawn(G, S), second)
    assert not np.isin(first, second).any()
    b2.seed(8)
    assert not np.isin(drawn(G, S), [*first, *second]).any()
    # Other variables and distributions have draws of their own.
    b2.seed(7)
    G.x = b2.Uniform(0, 1)
    assert not np.isin(G.x, first).any()


def test_without_units_each_assignment_has_draws_of_its_own() -> None:
    G, S = objects(snn)
    snn.seed(7)
    first = drawn(G, S)
    snn.seed(7)
    assert not np.isin(drawn(G, S), first).any()


def test_a_checkpoint_keeps_what_was_drawn(tmp_path: Path) -> None:
    G, S = objects(b2)
    drawn(G, S)
    b2.seed(7)
    expected = drawn(G, S)
    net = b2.Network(G, S)
    net.run(1 * b2.ms)
    net.save(tmp_path / "state.h5")
    G, S = objects(b2)
    drawn(G, S)
    b2.seed(7)
    drawn(G, S)
    again = b2.Network(G, S).load(tmp_path / "state.h5")
    again.run(1 * b2.ms)
    assert np.array_equal(np.concatenate([again["G"].v[:], again["S"].w[:]]), expected)
