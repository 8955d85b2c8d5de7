"""Temporary variables of statements."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import distsnn as snn
from distsnn import ms
from distsnn.errors import EquationError, UnitError, UnlikelyValueWarning
from distsnn.exchange import run_loopback


def made(on_pre: str, reset: str = "x = 0") -> tuple[snn.NeuronGroup, snn.Synapses]:
    cells = snn.NeuronGroup(3, "x : 1\ny : 1", threshold="x < 20", reset=reset, name="cells")
    cells.x = "i*0.25"
    synapses = snn.Synapses(cells, cells, "w : 1", on_pre=on_pre, name="S")
    synapses.connect(i=0, j=[1, 2])
    synapses.w = "0.5*j"
    return cells, synapses


def test_they_keep_what_they_were_made_of() -> None:
    cells, synapses = made(
        "change = 2*w; w = 7; change += 1; y_post += change", "old = x; x = 3; y += old*int(i > 0)"
    )
    snn.Network(cells, synapses, dt=0.1 * ms).run(0.1 * ms)
    np.testing.assert_array_equal(cells.x, [3.0, 3.0, 3.0])
    np.testing.assert_array_equal(cells.y, [0.0, 2.0 + 0.25, 3.0 + 0.5])
    np.testing.assert_array_equal(synapses.w, [7.0, 7.0])


def test_each_pathway_has_its_own() -> None:
    cells, _ = made("w += 1")
    synapses = snn.Synapses(
        cells,
        cells,
        "w : 1",
        on_pre={"pre": "a = w; x_post += a", "late": "a = 2*ms; x_post += a/ms"},
    )
    assert "a" not in synapses.variables()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: made("x_psot = w"), EquationError, "no later statement uses it.*'x_post'"),
        (lambda: made("x_post += a; a = w"), EquationError, "a is used before it is set"),
        (lambda: made("a += w"), EquationError, "'a' cannot be set"),
        (lambda: made("a = ms; a = 2; x_post += a"), UnitError, "same unit"),
        (lambda: made("t = 1*ms"), EquationError, "'t' cannot be set"),
        (lambda: made("w += 1", "x = b; b = 1; x = b"), EquationError, "b is used before"),
    ],
)
def test_what_cannot_be_meant_is_an_error(
    make: Callable[[], object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make()


def test_a_statement_without_effect_is_said_and_left_out() -> None:
    # A published model of the brain of a fly resets a variable of its synapses with its neurons.
    def run() -> snn.NeuronGroup:
        cells = snn.NeuronGroup(1, "dv/dt = 100/ms : 1", threshold="v > 1", reset="v = 0; w = 0")
        snn.Network(cells, seed=1).run(1 * ms)
        return cells

    with pytest.warns(UnlikelyValueWarning, match="reset 'w = 0'.*'w' is no variable"):
        cells = run()
    assert cells.v[0] == 0


def test_one_rank_says_what_has_no_effect() -> None:
    with pytest.warns(UnlikelyValueWarning, match="'nobody_reads' is no variable") as said:
        run_loopback(3, lambda _: len(made("nobody_reads = w")))
    assert len(said) == 1
