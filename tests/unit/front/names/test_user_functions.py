"""Functions of users in expressions: their values, their units, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import EquationError, ParameterError, UnitError

b2 = pytest.importorskip("distsnn.brian", exc_type=ImportError)
ms, mV, volt, second = b2.ms, b2.mV, b2.volt, b2.second

shift = 3 * mV
factor = 2.0


def saturate(x: float) -> float:
    return np.clip(x, 0, 1) * factor


@b2.implementation("cpp", "double bend(double v) { return 0; }")
@b2.check_units(v=volt, result=volt)
def bend(v: Any) -> Any:
    return v**2 / (1 * mV) + shift


@b2.implementation("numba", discard_units=True)
@b2.check_units(v=volt, result=second)
def slowness(v: float) -> float:
    # Volts in, seconds out.
    return 0.01 + abs(v) * 0.1


@b2.check_units(x=1, y=1, result=1)
def nested(x: float, y: float) -> float:
    return saturate(x) + y if x < 5 else y / (x - x)


def test_values_are_those_of_the_functions() -> None:
    def scaled(x: float) -> float:
        return gain * nested(x, 1)

    gain = 10
    G = b2.NeuronGroup(
        3, "dv/dt = (bend(v) - v)/slowness(v) : volt\nx : 1\ny : 1",
        threshold="saturate(x) > 5", reset="v = bend(v)", method="euler", name="G",
    )  # fmt: skip
    G.v = "bend(i*mV)"
    G.x = "scaled(i*0.4) + rand()*0"
    S = b2.Synapses(G, G, "w : 1", on_pre="w = saturate(w)", name="S")
    S.connect("saturate(i) < 1.5")
    S.w = "nested(i, j)"
    G.run_regularly("y = nested(x - 40, t/ms)", when="end")
    # As quantities, in Python itself.
    v = np.array([float(bend(k * mV) / mV) for k in range(3)])
    assert np.array_equal(G.v / mV, v)
    assert G.x[:].tolist() == [10 * (2 * min(k * 0.4, 1) + 1) for k in range(3)]
    assert S.N == 3
    assert S.w[:].tolist() == [0, 1, 2]
    b2.Network(G, S).run(1 * ms)
    for _ in range(10):
        v = v + 0.1 * ((v**2 + 3) - v) / ((0.01 + abs(v / 1e3) * 0.1) * 1e3)
    assert np.allclose(G.v / mV, v, rtol=1e-13)
    assert G.y[:] == pytest.approx([0.9] * 3)


def test_the_same_name_may_stand_for_other_functions() -> None:
    found = []
    for gain in (2, 3):

        def g(x: float) -> float:
            return x * gain  # noqa: B023 - it is read at once

        G = snn.NeuronGroup(1, "x : 1", namespace={"g": g})
        G.x = "g(5)"
        found.append(float(G.x[0]))
    assert found == [10, 15]


def draws(x: float) -> float:
    return x + np.random.rand()  # noqa: NPY002 - what is refused


def remembers(x: float) -> float:
    global factor
    factor = x
    return x


def raises(x: float) -> float:
    if x > 1:
        raise ValueError(x)
    return x


@b2.implementation("cpp", "double only_cpp(double x) { return x; }")
@b2.check_units(x=1, result=1)
def only_cpp(x: float) -> None:
    """Has code for C++ alone."""


def of_text(x: float) -> str:
    return str(x)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("draws(1)", "draws random numbers"),
        ("remembers(1)", "changes a global variable"),
        ("raises(1)", "raises an error"),
        ("only_cpp(1)", "code for cpp only, and its body gives none.*implementation\\('numba'"),
        ("of_text(1)", "numba cannot compile it|and no number"),
        ("nested(1)", "called with 1 arguments; it takes 2"),
    ],
)
def test_what_cannot_be_compiled_is_refused(text: str, message: str) -> None:
    G = snn.NeuronGroup(1, "x : 1", name="G")
    with pytest.raises((ParameterError, EquationError), match=message):
        G.x = text


def test_units_of_arguments_are_checked() -> None:
    for wrong in ("dv/dt = bend(t)/(1*ms) : volt", "dv/dt = slowness(v)/(1*ms) : volt"):
        with pytest.raises(UnitError, match="volt") as caught:
            snn.NeuronGroup(1, wrong)
        # Users know the function by its own name.
        assert re.search(r"_[0-9a-f]{8}", str(caught.value)) is None
    with pytest.raises(ParameterError, match="stateless=False"):
        snn.Function(saturate, stateless=False)
    with pytest.raises(ParameterError, match="target='fortran'"):
        snn.implementation("fortran")
    with pytest.raises(ParameterError, match="types are float"):
        snn.declare_types(x="text")
    thrice = snn.Function(saturate, arg_units=[1], return_unit=1)
    thrice.implementations.add_implementation("numba", "def three(x):\n    return 3*x")
    G = snn.NeuronGroup(2, "x : 1", namespace={"thrice": thrice})
    G.x = "thrice(i)"
    assert G.x[:].tolist() == [0, 3]
    assert thrice(0.25) == 0.5


def test_ready_models_do_not_see_functions_of_the_code_around() -> None:
    """Whatever a script calls its things, a model by name computes what it says."""
    expected = []
    for around in ("", "volt = amp = exp = lambda *_: 0.0"):
        names: dict[str, object] = {"snn": snn}
        script = f"{around}\nG = snn.NeuronGroup(1, snn.AdEx(I_e=700.0))\nsnn.Network(G).run(3.0)"
        exec(script, names)
        expected.append(float(names["G"].V_m[0]))  # type: ignore[attr-defined]  # a group
    assert expected[0] == expected[1] != 0
