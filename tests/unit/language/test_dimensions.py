from __future__ import annotations

from fractions import Fraction

import pytest

from distsnn.errors import EquationError, UnitError
from distsnn.language import dimensions as dim
from distsnn.language.dimensions import Unification, free_dimension
from distsnn.language.objects.neuron_equations import parse_neurons
from distsnn.language.source_location import SourceLocation
from distsnn.language.unit_names import UNITS, parse_unit


def test_units_fit_the_coherent_system() -> None:
    assert UNITS["nS"].value * UNITS["mV"].value == UNITS["pA"].value == 1.0
    assert UNITS["volt"].value == 1e3
    assert UNITS["siemens"].value == 1e9
    assert UNITS["Mohm"].value == 1e-3
    assert UNITS["Hz"].value == 1e-3
    assert UNITS["mM"].value == UNITS["mmolar"].value == 1.0
    assert UNITS["um"].value == UNITS["umetre"].value == 1.0
    assert UNITS["uS"].dimension == dim.SIEMENS


def test_unit_text() -> None:
    location = SourceLocation("G", "equation", "x : volt/second")
    assert parse_unit("nS*mV", location)[0] == dim.AMP
    assert parse_unit("siemens/metre**2", location)[0] == dim.SIEMENS / dim.METRE**2
    assert parse_unit("second**-0.5", location)[0] == dim.SECOND ** Fraction(-1, 2)
    assert parse_unit("boolean", location) == (dim.ONE, "boolean")
    with pytest.raises(EquationError, match=r"'vot' is not the name of a unit; .*volt"):
        parse_unit("vot", location)


def test_unification_solves_products_and_powers() -> None:
    known = Unification()
    a, b = free_dimension("a"), free_dimension("b")
    assert known.unify(a * b, dim.VOLT)
    assert known.unify(a / b, dim.VOLT)
    assert known.resolve(a) == dim.VOLT
    assert known.resolve(b) == dim.ONE
    assert not known.unify(a, dim.AMP)
    c = free_dimension("c")
    assert known.unify(c**2, dim.SECOND**3)
    assert known.resolve(c) == dim.SECOND ** Fraction(3, 2)


def parse(equations: str, threshold: str = "", reset: str = "", refractory: str = "") -> object:
    return parse_neurons(equations, threshold, reset, refractory, "G")


@pytest.mark.parametrize(
    "equations",
    [
        "dv/dt = (I - v)/tau : 1\nI : 1",
        "dv/dt = (g*(E - v) + I)/C : volt\nI : amp\ndg/dt = -g/tau : siemens",
        "dv/dt = -v/tau + sigma*xi*sqrt(2/tau) : volt",
        "dv/dt = a*v**3 + b : volt",
        "dv/dt = (v/k)**n/tau : 1",
        "dv/dt = 0.1*(mV**-1)*(v - V1)/exprel((v - V1)/(10*mV))/ms*volt : volt",
    ],
)
def test_what_makes_sense(equations: str) -> None:
    parse(equations)


def test_constants_are_inferred() -> None:
    text = parse("dv/dt = (R*I - v)/tau : volt\nI : amp")
    symbols, check = text.symbols, text.check  # type: ignore[attr-defined]  # a ParsedNeurons
    assert check.unification.resolve(symbols["tau"].dimension) == dim.SECOND
    assert check.unification.resolve(symbols["R"].dimension) == dim.VOLT / dim.AMP


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (("dv/dt = v : 1",), r"dv/dt is in hertz, but 'v' in 1"),
        (
            ("dv/dt = (v + I)/tau : volt\nI : amp",),
            r"line 1, column 10.*'v' in volt and 'I' in amp",
        ),
        (
            ("dv/dt = -v/tau : 1\nx = tau*2 : volt",),
            r"line 2.*x is in volt.*tau is in second "
            r"because of equation 'dv/dt = -v/tau : 1' \(line 1\)",
        ),
        (("dv/dt = -v/ms : volt", "v > 1"), r"threshold.*'v' in volt and '1' in 1"),
        (("dv/dt = -v/ms : volt", "v > 1*mV", "v = 0"), r"reset 'v = 0'.*v is in volt, but '0'"),
        (("dv/dt = -v/ms : volt", "v > 1*mV", "v *= 2*mV"), r"multiplied with"),
        (("dv/dt = -v/ms : 1", "v > 1", "v = 0", "3*mV"), r"refractory period is in second, but"),
        (("dv/dt = exp(v)/ms : volt",), r"what exp\(\) is given is in 1.*but 'v' in volt"),
    ],
)
def test_what_does_not(texts: tuple[str, ...], message: str) -> None:
    with pytest.raises(UnitError, match=message):
        parse(*texts)


def test_a_call_of_what_is_no_function() -> None:
    with pytest.raises(
        EquationError, match=r"stim\(\) is no function .* given 'v' in 1 \(no unit\)"
    ):
        parse("dv/dt = v/ms + stim(v) : 1")
