"""Equations in LaTeX."""

from __future__ import annotations

import ast

import pytest

from distsnn.display.formulas import latex, symbol


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(I_0 - v)/tau_m", r"\frac{I_{0} - v}{\tau_{m}}"),
        ("-v**2", "-{v}^{2}"),
        ("(-v)**2", r"{\left(-v\right)}^{2}"),
        ("a*(b + c)", r"a \, \left(b + c\right)"),
        ("a - (b - c)", r"a - \left(b - c\right)"),
        ("a - b*c", r"a - b \, c"),
        ("a/b*c", r"\frac{a}{b} \, c"),
        ("a*-b", r"a \, -b"),
        ("exp(-v/tau)", r"\exp\left(\frac{-v}{\tau}\right)"),
        ("sqrt(abs(x))", r"\sqrt{\left|x\right|}"),
        ("rand() < 0.5", r"\mathrm{rand}\left(\right) < 0.5"),
        ("v > 1 and not (a or b)", r"v > 1 \land \lnot \left(a \lor b\right)"),
        ("a % b", r"a \operatorname{mod} b"),
        ("a // b", r"\left\lfloor \frac{a}{b} \right\rfloor"),
        ("1e-12", r"1 \cdot 10^{-12}"),
        ("2.5", "2.5"),
        ("True", r"\mathrm{True}"),
    ],
)
def test_of_an_expression(text, expected):
    assert latex(ast.parse(text, mode="eval").body) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("v", "v"),
        ("tau", r"\tau"),
        ("tau_m", r"\tau_{m}"),
        ("tau1", r"\tau_{1}"),
        ("g_exc_post", r"g_{\mathrm{exc}, \mathrm{post}}"),
        ("x_0", "x_{0}"),
        ("xi_1", r"\xi_{1}"),
        ("w2", "w_{2}"),
        ("gsyn", r"\mathrm{gsyn}"),
        ("_", r"\mathrm{\_}"),
    ],
)
def test_of_a_name(name, expected):
    assert symbol(name) == expected


def test_matplotlib_typesets_them():
    """A parser of TeX that is not ours takes what is written."""
    mathtext = pytest.importorskip("matplotlib.mathtext").MathTextParser("path")
    texts = ["(I_0 - v)/tau_m + 0.1*exp(-v**2/2)*sqrt(abs(v))/(2*second)", "a // b % c", "x**-1.5"]
    for text in texts:
        assert mathtext.parse(f"${latex(ast.parse(text, mode='eval').body)}$").width > 0
