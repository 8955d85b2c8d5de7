"""``seed()`` of `distsnn.brian` repeats draws of scripts and of numpy."""

from __future__ import annotations

import numpy as np
import pytest

b2 = pytest.importorskip("distsnn.brian", exc_type=ImportError)


def drawn() -> np.ndarray:
    """What a script draws that makes its objects anew."""
    b2.start_scope()
    G = b2.NeuronGroup(5, "v : 1")
    S = b2.Synapses(G, G, "w : 1")
    S.connect(p=0.5)
    G.v, S.w = "rand()", "randn()"
    return np.concatenate([G.v[:], S.i[:], S.w[:], b2.rand(3), b2.randn(2)])


def test_the_same_seed_repeats_connections_of_objects_with_other_names() -> None:
    b2.start_scope()
    G = b2.NeuronGroup(20, "v : 1")

    def connections() -> list[list[int]]:
        made = [b2.Synapses(G, G) for _ in range(3)]
        made[0].connect(p=0.3)
        made[1].connect(j="k for k in sample(N_post, p=0.2)")
        made[2].connect(i=range(20), j=range(20), p=0.5)
        return [list(one.i[:]) for one in made]

    b2.seed(7)
    first, further = connections(), connections()
    b2.seed(7)
    assert connections() == first
    assert all(a != b for a, b in zip(first, further, strict=True))


def test_the_same_seed_repeats_draws() -> None:
    b2.seed(7)
    first = drawn()
    b2.seed(7)
    assert np.array_equal(drawn(), first)
    b2.seed(8)
    assert not np.isin(drawn()[:5], first).any()
