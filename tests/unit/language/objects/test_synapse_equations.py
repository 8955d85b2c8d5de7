"""Synapses as text: what is accepted, and what errors say."""

from __future__ import annotations

from typing import Any

import pytest

import distsnn as snn
from distsnn.errors import EquationError, NotThereError, ParameterError, UnitError, UnknownNameError


@pytest.fixture
def cells() -> snn.NeuronGroup:
    return snn.NeuronGroup(
        3,
        """dv/dt = -v/(10*ms) : volt (unless refractory)
           x : 1 (constant)
           total : volt
           y = 2*x : 1""",
        threshold="v > 1*mV",
        reset="v = 0*mV",
        refractory=1 * snn.ms,
        name="cells",
    )


WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"model": "w : 1", "on_pre": "v_post += w"}, UnitError, "v_post is in volt, but 'w' in 1"),
    ({"model": "w : 1", "on_pre": "v_pots += w"}, EquationError, "Did you mean 'v_post'"),
    ({"on_pre": "x_pre += 1"}, EquationError, "'x_pre' cannot be set"),
    ({"on_pre": "v_pre += 1"}, UnitError, "v_pre is in volt, but '1' in 1"),
    ({"on_pre": "lastspike_pre = t"}, EquationError, "'lastspike_pre' cannot be set"),
    ({"on_pre": "y_post += 1"}, EquationError, "'y_post' cannot be set"),
    ({"on_pre": "x_post += 1"}, EquationError, "'x_post' cannot be set"),
    ({"model": "w : 1 (constant)", "on_pre": "w += 1"}, EquationError, "'w' cannot be set"),
    (
        {"model": "dw/dt = -w*t/ms**2 : 1 (event-driven)"},
        EquationError,
        "'w' depends on 't', which",
    ),
    ({"model": "dw/dt = -w/ms : 1 (evnt-driven)"}, EquationError, "Did you mean .event-driven"),
    ({"model": "v_post = w : volt (summed)\nw : volt"}, EquationError, "cannot be summed"),
    ({"model": "total_post = w : 1 (summed)\nw : 1"}, UnitError, "same unit"),
    ({"model": "v_pre = w : volt (summed)\nw : volt"}, EquationError, "'v_pre' cannot be summed"),
    ({"model": "v : volt"}, EquationError, "variable of .* source or target as well"),
    ({"model": "w_post : volt"}, EquationError, "ends like the variables"),
    ({"model": "w : 1 (linkd)"}, EquationError, "unknown flag"),
    ({"model": "w : 1", "on_pre": "w += xi"}, EquationError, "outside a clock-driven equation"),
    ({"model": "a = 2*b : 1\nb = a : 1"}, EquationError, "'a' depends on itself"),
    (
        {"model": "a = 2*b : 1 (constant over dt)\nb = a : 1"},
        EquationError,
        "'a' depends on itself",
    ),
    ({"model": "w = rand() : 1"}, EquationError, r"column 5\): .* Add the flag \(constant over dt"),
    (
        {"model": "w = v_post : 1 (constant over dt)"},
        UnitError,
        "w is in 1 .no unit., but 'v_post' in volt",
    ),
    (
        {"model": "w = xi*second**0.5 : 1 (constant over dt)"},
        EquationError,
        "noise of differential equations",
    ),
    ({"model": "w : 1 (constant over dt)"}, EquationError, "flags of a parameter are"),
    ({"model": "w : 1", "on_pre": "w + 1"}, EquationError, "no assignment"),
    ({"on_pre": "v_post += mV", "delay": {"q": 1}}, NotThereError, "pathways are pre"),
    ({"on_post": "v_post += mV", "delay": 1}, ParameterError, "no pathway 'pre'"),
    ({"on_pre": {"a": "v += mV"}, "on_post": {"a": "v += mV"}}, ParameterError, "two pathways"),
    ({"on_pre": "v_post += mV", "when": "end"}, ParameterError, "when= of Brian 2"),
    ({"on_pe": "v_post += mV"}, UnknownNameError, "Did you mean 'on_pre'"),
]


@pytest.mark.parametrize(("given", "error", "words"), WRONG, ids=[w for *_, w in WRONG])
def test_errors_name_the_place(
    cells: snn.NeuronGroup, given: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        snn.Synapses(cells, cells, **given)


def test_unknown_names_are_found_when_it_runs(cells: snn.NeuronGroup) -> None:
    S = snn.Synapses(cells, cells, "w : 1", on_pre="w += nowhere")
    S.connect()
    with pytest.raises(EquationError, match="unknown name 'nowhere'"):
        snn.Network(cells, S).run(1)


def test_names_are_taken_from_around_again_before_each_run(cells: snn.NeuronGroup) -> None:
    P = snn.SpikeGeneratorGroup(1, [0, 0], [0.5, 1.5])
    S = snn.Synapses(P, cells, "w : 1", on_pre="w += step_size; total_post = 1*mV*step_size")
    S.connect()
    net = snn.Network(P, cells, S)
    step_size = 2
    net.run(1)
    assert S.w.tolist() == [2, 2, 2]
    step_size = 5
    net.run(1)
    assert S.w.tolist() == [7, 7, 7]
    assert cells.total.tolist() == [5, 5, 5]
    assert step_size == 5


def test_an_equation_without_closed_form_is_refused(cells: snn.NeuronGroup) -> None:
    S = snn.Synapses(cells, cells, "dw/dt = -w**2/ms : 1 (event-driven)", on_pre="w += 1")
    S.connect()
    with pytest.raises(EquationError, match=r"no closed form.*clock-driven"):
        snn.Network(cells, S).run(1)
