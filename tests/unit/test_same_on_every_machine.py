"""What networks compute with does not depend on what the processor of a node has."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import distsnn

PACKAGE = Path(distsnn.__file__).parent
# Functions of which numpy has several codes, with other last digits.
EXPONENTIAL = {"exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "power", "float_power"}
CIRCULAR = {"sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2"}
HYPERBOLIC = {"sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh"}
CHOSEN = EXPONENTIAL | CIRCULAR | HYPERBOLIC | {"cbrt"}
# Where they are used none the less: no number of a network comes from it.
ALLOWED = {
    "quantities": "what scripts ask for, as Brian 2 computes it",
    "forecast": "estimates",
    "front/names/quantity_values.py": "digits that are shown",
    "front/monitors/binned_rates.py": "rates smoothed after a run",
    "describe/synapses/fixed_rules.py": "how many segments are expected to be empty",
}


def _uses() -> Iterator[str]:
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        tree = ast.parse(path.read_text(encoding="utf8"))
        for node in ast.walk(tree):
            match node:
                case ast.Attribute(value=ast.Name(id="np"), attr=attr) if attr in CHOSEN:
                    yield f"{name}: np.{attr}"
                case ast.Attribute(value=ast.Name(id="operator"), attr="pow"):
                    yield f"{name}: operator.pow"


def test_functions_that_numpy_chooses_by_the_processor_are_not_used() -> None:
    found = list(_uses())
    assert [use for use in found if not use.startswith(tuple(ALLOWED))] == []
    unused = [place for place in ALLOWED if not any(use.startswith(place) for use in found)]
    assert unused == []
