"""The functions that text may call: their dimensions, their value in numpy, their code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.describe.values.time_steps import step_containing
from distsnn.kernels.arithmetic import elementwise
from distsnn.kernels.arithmetic.adam import adam_values
from distsnn.kernels.arithmetic.crossing import crossings
from distsnn.kernels.arithmetic.elementwise import of_arrays
from distsnn.kernels.draws.quantiles import (
    binomial_numbers,
    exponential_numbers,
    gamma_numbers,
    poisson_numbers,
)
from distsnn.language.dimensions import Dimension


@dataclass(frozen=True)
class KnownFunction:
    """A function of text.

    Attributes
    ----------
    n_arguments : int
    dimensions : str
        ``"plain"``: arguments and result have no unit; ``"same"``: all have one unit;
        ``"root"``: the result is the square root of the argument; ``"sign"``: any argument, a
        result without unit; ``"time"``: two times, a result without unit; ``"user"``: as
        `arguments` and `result` say.
    evaluate : callable
        Elementwise in numpy.
    code : str
        Its name in generated code (see `distsnn.codegen.emit`).
    arguments, result : Dimension or None
        Of a function of users; None for one that is not known.
    """

    n_arguments: int
    dimensions: str
    evaluate: Callable[..., Any]
    code: str
    arguments: tuple[Dimension | None, ...] = ()
    result: Dimension | None = None


def exprel(x: Any) -> Any:
    """``(exp(x) - 1)/x``, and 1 where `x` is 0; expressions may call it as well.

    Parameters
    ----------
    x : float or array

    Returns
    -------
    float64, or array of the same shape
    """
    return elementwise.exprel(x)


def _whole(rounded: Callable[[Any], Any]) -> Callable[[Any], Any]:
    # Whole numbers as floats, so that what is no number stays none; and 0 is never -0.
    return lambda x: rounded(np.asarray(x, dtype=np.float64)) + 0.0


def timestep(time: Any, dt: Any) -> Any:
    """Number of the step that `time` falls into, as in Brian 2."""
    return step_containing(time, dt)


FUNCTIONS = {
    "exp": KnownFunction(1, "plain", elementwise.exp, "exp"),
    "expm1": KnownFunction(1, "plain", elementwise.expm1, "expm1"),
    "exprel": KnownFunction(1, "plain", exprel, "exprel"),
    "log": KnownFunction(1, "plain", elementwise.log, "log"),
    "log10": KnownFunction(1, "plain", elementwise.log10, "math.log10"),
    "log1p": KnownFunction(1, "plain", elementwise.log1p, "log1p"),
    "sqrt": KnownFunction(1, "root", np.sqrt, "math.sqrt"),
    "sin": KnownFunction(1, "plain", elementwise.sin, "math.sin"),
    "cos": KnownFunction(1, "plain", elementwise.cos, "math.cos"),
    "tan": KnownFunction(1, "plain", elementwise.tan, "math.tan"),
    "sinh": KnownFunction(1, "plain", elementwise.sinh, "math.sinh"),
    "cosh": KnownFunction(1, "plain", elementwise.cosh, "math.cosh"),
    "tanh": KnownFunction(1, "plain", elementwise.tanh, "tanh"),
    "arcsin": KnownFunction(1, "plain", elementwise.arcsin, "math.asin"),
    "arccos": KnownFunction(1, "plain", elementwise.arccos, "math.acos"),
    "arctan": KnownFunction(1, "plain", elementwise.arctan, "math.atan"),
    "abs": KnownFunction(1, "same", np.abs, "abs"),
    "sign": KnownFunction(1, "sign", np.sign, "sign"),
    "floor": KnownFunction(1, "plain", _whole(np.floor), "floor"),
    "ceil": KnownFunction(1, "plain", _whole(np.ceil), "ceil"),
    "int": KnownFunction(1, "plain", _whole(np.trunc), "whole"),
    "crossing": KnownFunction(2, "plain", of_arrays(crossings), "crossing"),
    "adam_moves": KnownFunction(7, "plain", of_arrays(adam_values), "adam_moves"),
    "clip": KnownFunction(3, "same", np.clip, "clip"),
    "timestep": KnownFunction(2, "time", timestep, "timestep"),
    "poisson": KnownFunction(2, "plain", of_arrays(poisson_numbers), "poisson_number"),
    "binomial": KnownFunction(3, "plain", of_arrays(binomial_numbers), "binomial_number"),
    "gamma": KnownFunction(3, "plain", of_arrays(gamma_numbers), "gamma_number"),
    "exponential": KnownFunction(2, "plain", of_arrays(exponential_numbers), "exponential_number"),
}
# Functions that draw: users leave out the last argument, for which parsing puts a call of `rand`.
DRAWING = ("poisson", "binomial", "gamma", "exponential")
# Functions that Brian 2 has not: variables and functions of users may have their names.
YIELDING = frozenset({"gamma", "exponential", "crossing", "adam_moves"})


def add_function(name: str, function: KnownFunction) -> None:
    """Let expressions call a function of a user."""
    FUNCTIONS[name] = function


# Function of a method of integration, see `kernels.expression_functions.relax`; no string calls it.
RELAX = "_relax"
# Each call in the expression is a draw of its own; both take no argument.
RANDOM = ("rand", "randn")
# Constant exponents up to here are products.
LARGEST_PRODUCT = 8
CONSTANTS = {"pi": np.pi, "e": np.e, "inf": np.inf, "True": True, "False": False}
