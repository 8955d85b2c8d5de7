from __future__ import annotations

import ast

import pytest

from distsnn.errors import EquationError
from distsnn.language.objects.neuron_equations import parse_neurons
from distsnn.language.parse import parse_equations
from distsnn.language.source_location import SourceLocation
from distsnn.language.syntax import parse_expression, parse_statements

LOCATION = SourceLocation("G", "equation", "text")
FLAGS = {
    "differential equation": frozenset({"unless refractory"}),
    "subexpression": frozenset(),
    "parameter": frozenset({"constant"}),
}


def test_equations_over_lines_with_comments() -> None:
    found = parse_equations(
        """
        dv/dt = (I  # the input
                 - v)/tau : volt (unless refractory)   # a comment: with a colon
        I = a + \\
            b : volt
        a, b : volt (constant)
        """,
        "G",
        FLAGS,
    )
    assert list(found) == ["v", "I", "a", "b"]
    assert ast.unparse(found["v"].expression or ast.Constant(0)) == "(I - v) / tau"
    assert found["v"].flags == {"unless refractory"}
    assert [e.location.line for e in found.values()] == [2, 4, 6, 6]


def test_statements() -> None:
    found = parse_statements("v = 0; w += a*(1 +\n 2)  # comment\nk //= 2", "G", "reset")
    assert [(s.target, s.operator) for s in found] == [("v", ""), ("w", "+"), ("k", "//")]
    assert ast.unparse(found[1].value) == "w + a * (1 + 2)"


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('x')",
        "v.real",
        "v[0]",
        "lambda: 1",
        "[1, 2]",
        "'text'",
        "v if a else b",
        "1 < v < 2",
        "f(*x)",
        "f(x=1)",
        "(v := 1)",
        "{1}",
        "v @ w",
        "~v",
        "f(1)(2)",
        "1j",
        "None",
        "v is w",
        "x in y",
        "poisson()",
        "binomial(3)",
        "gamma(3)",
        "exponential()",
        "exp()",
        "exp(1, 2)",
        "rand(3)",
        "",
        "v +",
        "3 4",
        "(" * 500 + "1" + ")" * 500,
    ],
)
def test_what_is_no_expression(text: str) -> None:
    with pytest.raises(EquationError):
        parse_expression(text, LOCATION)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dv/dt = -v/tau", "the unit is missing"),
        ("dv/dt = -v/tau : volt (unless refactory)", r"unknown flag .*\(unless refractory\)\?"),
        ("dv/dt = -v/tau : volt (linked)", r"unknown flag .linked"),
        ("v : volt (linked, shared)", r"stands with another one"),
        ("v : 1\nv : 1", r"line 2\).*defined twice, first in line 1"),
        ("t : second", "'t' has a meaning of its own"),
        ("mV : volt", "'mV' is the name of a unit"),
        ("exp : 1", "is the name of a function"),
        ("v_pre : 1", "_pre and _post"),
        ("d v dt = 3 : 1", "this is no equation"),
        ("dv/dt = (3 + : 1", "syntax error"),
        ("dv/dt = v ? 3 : 1", r"line 1, column 1\d"),
        ("dn/dt = n/ms : integer", "integer variable has a differential equation"),
    ],
)
def test_what_is_no_equation(text: str, message: str) -> None:
    with pytest.raises(EquationError, match=message):
        parse_equations(text, "G", FLAGS)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (("v : 1", "v", "", ""), "'v' is no condition"),
        (("vex : 1", "vex > 1", "vexx = 0", ""), "'vexx' is no variable, .*; .* can set vex"),
        (("v : 1\nx = 2*v : 1", "v > 1", "x = 0", ""), "x is a subexpression and cannot be set"),
        (("v : 1 (constant)", "v > 1", "v = 0", ""), "v is constant and cannot be set"),
        (("v : 1", "v > 1", "v[0] = 3", ""), "at an index"),
        (("v : 1", "v > 1", "v == 0", ""), "this is no assignment"),
        (("v : 1", "v > xi", "", ""), "xi stands outside"),
        (("a = b : 1\nb = a : 1", "", "", ""), "depends on itself"),
    ],
)
def test_what_is_no_model(texts: tuple[str, str, str, str], message: str) -> None:
    with pytest.raises(EquationError, match=message):
        parse_neurons(*texts, "G")
