"""Functions that users write in Python, compiled so that generated code calls them.

A function is known by a name with a digest of its source and of all that it reads from outside,
so that code in the cache is never that of another function. Generated modules import it from here.
"""

from __future__ import annotations

import dis
import hashlib
import inspect
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import BuiltinFunctionType, CellType, FunctionType, ModuleType
from typing import Any

import numba
import numpy as np

from distsnn.errors import ParameterError

# Division by 0 gives infinity, as in generated code.
_NJIT = numba.njit(error_model="numpy")
_ADVICE = (
    "write its body with numbers, math and numpy's functions of numbers, or give such a function "
    "with @implementation('numba', function)"
)


@dataclass(frozen=True)
class Compiled:
    """A compiled function.

    Attributes
    ----------
    name : str
        Under which generated code imports it from this module.
    dispatcher : callable
        What numba has made of it.
    """

    name: str
    dispatcher: Any

    def evaluate(self, *given: Any) -> Any:
        """Its values (float64) for numbers or arrays, one by one as compiled code computes them."""
        arrays = np.broadcast_arrays(*(np.asarray(g, dtype=np.float64) for g in given))
        if not arrays:
            return float(self.dispatcher())
        found = [float(self.dispatcher(*x)) for x in zip(*map(np.ravel, arrays), strict=True)]
        out = np.array(found, dtype=np.float64).reshape(arrays[0].shape)
        return out if out.ndim else float(out)


@numba.njit
def _clip(a: Any, a_min: Any, a_max: Any) -> Any:
    return min(max(a, a_min), a_max)


@numba.njit
def _where(condition: Any, x: Any, y: Any) -> Any:
    return x if condition else y


# What numba knows of arrays alone is replaced, in numpy too.
_OF_NUMBERS: dict[Any, Any] = {np.clip: _clip, np.where: _where}
_NUMPY = ModuleType("numpy_of_numbers")
vars(_NUMPY).update({**vars(np), **{of.__name__: made for of, made in _OF_NUMBERS.items()}})
# All that have been compiled, by name.
COMPILED: dict[str, Compiled] = {}


def compile_function(
    function: Any, numbers_of: Callable[[Any], Any], decades: Sequence[int]
) -> Compiled:
    """Compile a function of numbers.

    Parameters
    ----------
    function : function of Python or of numba
    numbers_of : callable
        From a value that the function reads from outside to a number, for those that are none.
    decades : sequence of int (n_arguments + 1,)
        By which powers of ten arguments, and last the result, are divided for it: its numbers are
        in SI units. All 0 where it takes distsnn's.

    Raises
    ------
    ParameterError
        If it draws random numbers, has a state, or numba cannot compile it.
    """
    where = getattr(function, "__name__", repr(function))
    function = getattr(function, "py_func", function)
    digest = hashlib.sha256(repr(tuple(decades)).encode())
    inner = _NJIT(_bound(where, function, numbers_of, digest))
    name = f"{where}_{digest.hexdigest()[:10]}"
    if name in COMPILED:
        return COMPILED[name]
    made = _scaled(inner, decades) if any(decades) else inner
    _check(where, made, len(decades) - 1)
    COMPILED[name] = Compiled(name, made)
    globals()[name] = made
    return COMPILED[name]


def _bound(where: str, function: Any, numbers_of: Callable[[Any], Any], digest: Any) -> Any:
    """The function with all that it reads from outside as numbers; its content into `digest`."""
    if not isinstance(function, FunctionType):
        raise _refused(where, f"it is {function!r}", "functions are written in Python")
    code = function.__code__
    try:
        digest.update(textwrap.dedent(inspect.getsource(function)).encode())
    except (OSError, TypeError):
        digest.update(code.co_code + repr(code.co_consts).encode())
    operations = {op.opname for op in dis.get_instructions(code)}
    if operations & {"STORE_GLOBAL", "DELETE_GLOBAL"}:
        raise _refused(where, "it changes a global variable", "functions have no state")
    if "RAISE_VARARGS" in operations:
        raise _refused(
            where, "it raises an error", "no step ends by an error", "let it give np.nan instead"
        )
    contents = [cell.cell_contents for cell in function.__closure__ or ()]
    read = {n: function.__globals__[n] for n in code.co_names if n in function.__globals__}
    read |= dict(zip(code.co_freevars, contents, strict=True))
    found: dict[str, Any] = {}
    for name, value in sorted(read.items()):
        _refuse_draws(where, name, value, code.co_names)
        inner = _python_of(value)
        if inner is not None and inner is not function:
            found[name] = _NJIT(_bound(where, inner, numbers_of, digest))
            continue
        replaced = (
            _NUMPY
            if _is_numpy(value)
            else next((made for of, made in _OF_NUMBERS.items() if of is value), None)
        )
        if replaced is not None:
            found[name] = replaced
            continue
        found[name] = number = numbers_of(value)
        shown = number.tobytes() if isinstance(number, np.ndarray) else repr(number).encode()
        digest.update(name.encode() + shown)
    closure = tuple(CellType(found[n]) for n in code.co_freevars)
    around = {**function.__globals__, **found}
    return FunctionType(code, around, function.__name__, function.__defaults__, closure)


def _python_of(value: Any) -> Any:
    """The function of Python behind one that another calls; None for what numba knows itself."""
    for name in ("pyfunc", "_orig_func", "py_func"):
        value = getattr(value, name, value)
    of_others = str(getattr(value, "__module__", "")).partition(".")[0] in {"numpy", "math"}
    return value if isinstance(value, FunctionType) and not of_others else None


def _is_numpy(value: Any) -> bool:
    """Whether it is numpy, or the module that the star of Brian 2 has in its place."""
    return value is np or (isinstance(value, ModuleType) and value.__name__.endswith(".numpy_"))


def _refuse_draws(where: str, name: str, value: Any, names: Sequence[str]) -> None:
    module = getattr(value, "__name__" if isinstance(value, ModuleType) else "__module__", "") or ""
    owner = getattr(value, "__self__", None)
    draws = module.startswith(("random", "numpy.random")) or isinstance(
        owner, np.random.RandomState | np.random.Generator
    )
    draws = draws or isinstance(value, np.random.RandomState | np.random.Generator)
    if draws or (_is_numpy(value) and "random" in names):
        raise _refused(
            where, f"it draws random numbers ({name})",
            "a function gives the same number for the same arguments, on every rank",
            "draw in the expression and give the function the number: f(v, rand())",
        )  # fmt: skip
    if name in {"objmode", "time"} and isinstance(value, ModuleType | BuiltinFunctionType | type):
        raise _refused(where, f"it uses {name}", "a function depends on its arguments alone")


def _scaled(inner: Any, decades: Sequence[int]) -> Any:
    """The function between numbers of distsnn and its own, which are in SI units."""
    names = [f"x{k}" for k in range(len(decades) - 1)]
    given = ", ".join(_times(n, -d) for n, d in zip(names, decades, strict=False))
    source = f"def scaled({', '.join(names)}):\n    return {_times(f'inner({given})', decades[-1])}"
    made: dict[str, Any] = {"inner": inner}
    exec(source, made)
    return _NJIT(made["scaled"])


def _times(code: str, decades: int) -> str:
    if decades == 0:
        return code
    return f"({code} * {10.0**decades!r})" if decades > 0 else f"({code} / {10.0**-decades!r})"


def _check(where: str, made: Any, n_arguments: int) -> None:
    """Compile for floats, and refuse what gives no number."""
    signature = (numba.types.float64,) * n_arguments
    try:
        made.compile(signature)
        result = made.overloads[signature].signature.return_type
    except Exception as error:  # noqa: BLE001 - numba raises errors of many classes
        said = " ".join(str(error).split())
        raise _refused(where, f"numba cannot compile it ({said[:200]})", "it is compiled") from None
    if not isinstance(result, numba.types.Number | numba.types.Boolean):
        raise _refused(where, f"its body gives {result} and no number", "it gives one number")


def _refused(where: str, what: str, allowed: str, advice: str = _ADVICE) -> ParameterError:
    return ParameterError(where, what, allowed, advice)
