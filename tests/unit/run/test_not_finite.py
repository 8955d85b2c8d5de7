from __future__ import annotations

import warnings

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import NotFiniteWarning
from distsnn.exchange import current_world
from distsnn.run.not_finite import CHECK_STEPS, NotFinite, next_check, of_all_ranks

ms, second = snn.ms, snn.second


def test_looks_double_up_to_their_spacing() -> None:
    found, step = [], 0
    while step < 3 * CHECK_STEPS:
        step = next_check(step)
        found.append(step)
    assert found == [256, 512, 1024, 2048, 4096, 8192, 10_000, 20_000, 30_000]
    assert next_check(9_999) == 10_000
    assert next_check(300) == 512


def test_what_ranks_found_is_added_up() -> None:
    found = [
        NotFinite("G", "v", 2, 9, 51.2),
        NotFinite("G", "v", 1, 9, 25.6),
        NotFinite("G", "u", 1, 9, 0.9),
    ]
    assert of_all_ranks(found) == (NotFinite("G", "v", 3, 9, 25.6), NotFinite("G", "u", 1, 9, 0.9))


def stiff() -> tuple[snn.Network, snn.NeuronGroup]:
    """Three neurons of six blow up with rk4; weights and a variable of synapses are infinite."""
    G = snn.NeuronGroup(
        6,
        "dv/dt = (1 - v)/tau : 1\ntau : second\nq : 1",
        threshold="v > 1e9",
        method="rk4",
        name="G",
    )
    G.tau = np.repeat([0.02, 5.0], 3) * ms
    G.v, G.q = 2.0, "1/(i*0.0)"
    S = snn.Synapses(G, G, "w : 1\nx : 1", on_pre="x += 1\nv_post += w*x", name="S")
    S.connect(j="i")
    S.w = "1/((i - 4)*1.0)"
    H = snn.NeuronGroup(6, "v : 1", name="H")
    R = snn.Synapses(G, H, "w : 1", on_pre="v_post += w", name="R")
    R.connect(j="i")
    R.w = "1/(i*0.0 + int(i < 2))"
    return snn.Network(G, H, S, R, dt=0.1 * ms), G


@pytest.mark.ranks(1, 2, 3, 4, 7)
def test_what_is_not_finite_is_said_once() -> None:
    net, _ = stiff()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        summary = net.run(200 * ms)
        again = net.run(200 * ms)
    said = [str(w.message) for w in caught if w.category is NotFiniteWarning]
    assert {(x.owner, x.variable): (x.number, x.size) for x in summary.not_finite} == {
        ("G", "v"): (3, 6),
        ("G", "q"): (6, 6),
        ("H", "v"): (1, 6),
        ("S", "w"): (1, 0),
        ("R", "the weight"): (4, 0),
    }
    if current_world().rank == 0:
        assert len(said) == 5
        starts = [
            "G: v is NaN or infinite in 3 of 6 neurons, and the first of them was seen at 51.2 ms;",
            "G: q is NaN or infinite in 6 of 6 neurons, and it was given to them; values should be",
        ]
        for start in starts:
            assert any(line.startswith(start) for line in said), said
    else:
        assert said == []
    assert "G: v is NaN or infinite in 3 of 6 neurons" in str(again)


def test_what_texts_give_between_runs() -> None:
    G = snn.NeuronGroup(4, "v : 1\nq : 1", threshold="v > 1", name="G")
    S = snn.Synapses(G, G, "w : 1\nx : 1", on_pre="x += 1\nv_post += w*x", name="S")
    S.connect(j="i")
    net = snn.Network(G, S)
    assert net.run(10 * ms).not_finite == ()
    S.w, G.v, G.q = "1/(i*0.0)", "0/(i*0.0)", "1/(i*0.0)"
    with pytest.warns(NotFiniteWarning, match=r"(G: v|G: q|S: w) is NaN or infinite in 4 "):
        found = net.run(0.1 * ms).not_finite
    assert {(x.owner, x.variable): x.given for x in found} == {
        ("G", "v"): True,
        ("G", "q"): True,
        ("S", "w"): False,
    }


def test_what_is_finite_is_not_said() -> None:
    G = snn.NeuronGroup(3, "dv/dt = -v/(5*ms) : 1", threshold="v > 1", method="exact")
    G.v = "1.5e308 + 0*i"  # their sum is infinite
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert snn.Network(G).run(10 * ms).not_finite == ()
