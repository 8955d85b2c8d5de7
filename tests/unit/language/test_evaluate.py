"""Values of expressions have the bits of the code that is generated for them."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn

N = 300
SMALL = ["exp", "expm1", "exprel", "log1p", "sin", "cos", "sinh", "cosh", "tanh"]
POSITIVE = ["log", "log10", "tan", "arctan", "sqrt"]
EXPRESSIONS = [f"x**{n}" for n in (1, 2, 3, 5, 7, 8, 9, 0.5, 1.5)]
EXPRESSIONS += ["x**-1", "x**y", "2**y", "(x + y)**3*y**2", "arcsin(y/9) - arccos(y/9)"]
EXPRESSIONS += [f"{name}(y)" for name in SMALL] + [f"{name}(x)" for name in POSITIVE]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_who_evaluates_it_does_not_matter(expression: str) -> None:
    rng = np.random.default_rng(1)
    cells = snn.NeuronGroup(N, "x : 1\ny : 1\nset : 1\nran : 1")
    cells.x, cells.y = rng.uniform(0.01, 30, N), rng.uniform(-0.9, 8, N)
    cells.set = expression
    cells.run_regularly(f"ran = {expression}", dt=0.1)
    values = cells.set[:].copy()
    snn.Network(cells, dt=0.1).run(0.1)
    assert np.isfinite(values).all()
    assert values.tobytes() == cells.ran[:].tobytes()
