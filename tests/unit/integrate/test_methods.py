"""Methods of integration: the statements of a step beside the formula."""

from __future__ import annotations

import ast
import math
from typing import Any

import pytest

from distsnn.describe.checks.trees import syntax_tree
from distsnn.integrate.methods import _milstein
from distsnn.integrate.step import System


def test_milstein_with_a_factor_of_the_noise_that_depends_on_another_variable() -> None:
    drift = {name: syntax_tree(text) for name, text in {"x": "a - x", "y": "x*y"}.items()}
    noise: dict[str, Any] = {"x": {"xi": syntax_tree("x*y + y")}, "y": {}}
    equations: Any = None
    step = _milstein(System(equations, drift, noise, frozenset(), lambda _: False))
    x, y, a, dt, w = 0.7, 0.4, 1.3, 0.1, -0.26
    names = {"x": x, "y": y, "a": a, "dt": dt, "xi": w, "sqrt": math.sqrt}
    for name, tree in step.statements:
        names[name] = eval(ast.unparse(tree), names)
    g = x * y + y
    at_x, at_y = x + dt * (a - x) + math.sqrt(dt) * g, y + dt * x * y
    further = (at_x * at_y + at_y - g) * w**2 / (2 * math.sqrt(dt))
    assert names["_new_x"] == pytest.approx(x + dt * (a - x) + g * w + further, rel=1e-14)
    assert names["_new_y"] == pytest.approx(at_y, rel=1e-14)
