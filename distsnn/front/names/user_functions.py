"""Functions of users in expressions: ``@implementation``, ``Function``, and plain ones of Python.

Names of such functions are replaced, in the strings that users give, by those that generated code
knows them by. So all that follows sees functions like any others.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

import numpy as np

from distsnn.codegen.compiled_functions import compile_function
from distsnn.errors import ParameterError, UnsupportedError, names_of_functions
from distsnn.front.names.equation_objects import Equations
from distsnn.front.names.quantity_values import dimension_of_unit, in_equations, numbers_of
from distsnn.front.names.scope import user_names
from distsnn.language import functions as known
from distsnn.language.functions import FUNCTIONS, RANDOM, YIELDING, add_function
from distsnn.quantities.dimension_rules import get_dimensions, plain
from distsnn.quantities.physical import DIMENSIONLESS, Dimension
from distsnn.quantities.quantity import Quantity

_CALL = re.compile(r"(?<![\w.])([A-Za-z]\w*)(?=\s*\()")
# Targets of Brian 2 whose code is not taken, and whose code is Python.
_OTHERS, _PYTHON = ("cpp", "cython", "cuda", "opencl"), ("numpy", "numba")


class Implementations(dict[str, Any]):
    """Code of a function by target; of Brian 2's methods, those that add some."""

    def __init__(self, of: Function) -> None:
        super().__init__()
        self._of = of

    def add_implementation(
        self,
        target: Any,
        code: Any = None,
        namespace: Any = None,  # noqa: ARG002 - of Brian 2
        dependencies: Any = None,  # noqa: ARG002 - of Brian 2
        availability_check: Any = None,  # noqa: ARG002 - of Brian 2
        name: str | None = None,  # noqa: ARG002 - of Brian 2
        compiler_kwds: Any = None,  # noqa: ARG002 - of Brian 2
    ) -> None:
        """Give code for a target: for ``'numba'`` a function, in SI units."""
        self[_checked_target(target)] = code

    def add_numpy_implementation(
        self,
        wrapped_func: Any,
        dependencies: Any = None,  # noqa: ARG002 - of Brian 2
        discard_units: bool | None = None,
        compiler_kwds: Any = None,  # noqa: ARG002 - of Brian 2
    ) -> None:
        """Give a function of Python, which numba compiles."""
        self["numpy"] = wrapped_func
        self._of.discard_units = bool(discard_units)


class Function:
    """A function of a user that expressions call, as in Brian 2.

    numba compiles its Python; code for C++ or Cython is kept and not used. It gives the same number
    for the same arguments: it has no state and draws no random numbers.

    Parameters
    ----------
    pyfunc : function
        Of one number for each argument; of quantities, unless an implementation says that units are
        discarded.
    sympy_func
        Taken for scripts of Brian 2.
    arg_units : sequence, optional
        The unit of each argument, 1 or None for any; by default what ``@check_units`` says.
    arg_names, return_type, arg_types, auto_vectorise
        Taken for scripts of Brian 2.
    return_unit : unit, optional
    stateless : bool
        Must be True.

    Raises
    ------
    UnsupportedError
        If it has a state.
    """

    def __init__(  # noqa: PLR0913 - Brian's
        self,
        pyfunc: Any,
        sympy_func: Any = None,  # noqa: ARG002 - of Brian 2
        arg_units: Any = None,
        arg_names: Any = None,  # noqa: ARG002 - of Brian 2
        return_unit: Any = None,
        arg_types: Any = None,  # noqa: ARG002 - of Brian 2
        return_type: Any = None,  # noqa: ARG002 - of Brian 2
        stateless: bool = True,
        auto_vectorise: bool = False,  # noqa: ARG002 - of Brian 2
    ) -> None:
        where = getattr(pyfunc, "__name__", "Function")
        if not callable(pyfunc):
            raise ParameterError(
                where, f"pyfunc={pyfunc!r}", "it is a function", "give a function of Python"
            )
        if not stateless:
            raise UnsupportedError(
                where, "stateless=False",
                "a function gives the same number for the same arguments, on every rank",
                "keep what it remembers in a variable of the equations",
            )  # fmt: skip
        self.pyfunc = getattr(pyfunc, "_orig_func", pyfunc)
        units = arg_units if arg_units is not None else getattr(pyfunc, "_arg_units", None)
        self._arg_units = None if units is None else list(units)
        self._return_unit = (
            return_unit if return_unit is not None else getattr(pyfunc, "_return_unit", None)
        )
        self._checked = pyfunc
        self.discard_units = False
        self.implementations = Implementations(self)
        self._name = ""
        self.__name__, self.__doc__ = where, pyfunc.__doc__

    def __call__(self, *values: Any) -> Any:
        """The value in Python."""
        return self._checked(*values)

    @property
    def name(self) -> str:
        """The name by which generated code knows it; compiled when first asked."""
        if not self._name:
            self._name = self._compiled()
        return self._name

    def _compiled(self) -> str:
        given_python = not self.implementations.keys().isdisjoint(_PYTHON)
        code, si = self._code()
        n = len(inspect.signature(getattr(code, "py_func", code)).parameters)
        units = self._arg_units
        if units is not None and len(units) != n:
            raise ParameterError(
                self.__name__, f"{len(units)} units are given for {n} arguments",
                "there is one for each", "correct arg_units or check_units",
            )  # fmt: skip
        arguments = [None] * n if units is None else [_dimension(self.__name__, u) for u in units]
        result = None if units is None else _dimension(self.__name__, self._return_unit or 1)
        known_ones = [*arguments, result]
        if si and any(d is None for d in known_ones) and units is not None:
            raise ParameterError(
                self.__name__, "an argument has any unit, and numbers without units are taken",
                "numbers are in SI units, which needs the unit of each argument",
                "say it in check_units",
            )  # fmt: skip
        decades = [d.decades if si and d is not None else 0 for d in known_ones]
        try:
            made = compile_function(code, _in_si if si else _in_distsnn, decades)
        except ParameterError as error:
            if self.implementations.keys().isdisjoint(_OTHERS) or given_python:
                raise
            raise self._no_code(error.what) from None
        names_of_functions[made.name] = self.__name__
        in_language = [None if d is None else in_equations(d) for d in known_ones]
        add_function(
            made.name,
            known.KnownFunction(
                n, "user", made.evaluate, made.name, tuple(in_language[:-1]), in_language[-1]
            ),
        )
        return made.name

    def _code(self) -> tuple[Any, bool]:
        """The function to compile, and whether its numbers are in SI units."""
        given = self.implementations.get("numba")
        if given is not None:
            return _from_source(self.__name__, given), True
        return self.implementations.get("numpy") or self.pyfunc, self.discard_units

    def _no_code(self, what: str) -> ParameterError:
        return ParameterError(
            self.__name__, f"it has code for {', '.join(self.implementations)} only, and {what}",
            "numba compiles functions of Python",
            f"write @implementation('numba', function) above {self.__name__}, a function in Python",
        )  # fmt: skip


def implementation(
    target: Any,
    code: Any = None,
    namespace: Any = None,  # noqa: ARG001 - of Brian 2
    dependencies: Any = None,  # noqa: ARG001 - of Brian 2
    discard_units: bool | None = None,
    name: str | None = None,  # noqa: ARG001 - of Brian 2
    **compiler_kwds: Any,  # noqa: ARG001 - of Brian 2
) -> Callable[[Any], Function]:
    """Give a function code for a target; a decorator, as in Brian 2.

    Parameters
    ----------
    target : str
        ``"numba"``: `code` is a function, or its source, of numbers in SI units, which is compiled.
        ``"numpy"``: the decorated function is. Code for ``"cpp"``, ``"cython"`` is kept and not
        used: the decorated function, or code for numba, is what is compiled.
    code : str or function, optional
    discard_units : bool, optional
        Whether the function takes plain numbers in SI units instead of quantities.
    namespace, dependencies, name, **compiler_kwds
        Taken for scripts of Brian 2.

    Returns
    -------
    Function

    Examples
    --------
    >>> import distsnn as snn
    >>> @snn.implementation("cpp", "double half(double x) { return x/2; }")
    ... def half(x):
    ...     return x / 2
    >>> G = snn.NeuronGroup(2, "v : 1")
    >>> G.v = "half(i)"
    >>> G.v[:].tolist()
    [0.0, 0.5]
    """
    target = _checked_target(target)

    def decorate(function: Any) -> Function:
        made = function if isinstance(function, Function) else Function(function)
        given = made.pyfunc if target in _PYTHON and code is None else code
        made.implementations[target] = given
        if target == "numpy":
            made.discard_units = bool(discard_units)
        return made

    return decorate


def declare_types(**types: str) -> Callable[[Any], Any]:
    """Say the types of arguments and of the result; taken for scripts of Brian 2.

    Parameters
    ----------
    **types : str
        ``"float"``, ``"integer"``, ``"boolean"`` or ``"any"``, and of the result ``"highest"``;
        numbers are computed as floats.
    """
    for name, kind in types.items():
        if kind not in {"float", "integer", "boolean", "highest" if name == "result" else "any"}:
            raise ParameterError(
                "declare_types", f"{name}={kind!r}",
                "types are float, integer, boolean and any, of the result also highest",
                "correct it",
            )  # fmt: skip
    return lambda function: function


DEFAULT_FUNCTIONS: Mapping[str, Any] = {name: one.evaluate for name, one in FUNCTIONS.items()}


class OwnNames(dict[str, Any]):
    """All names of a model that does not look into the code that calls distsnn."""


def with_functions(text: Any, namespace: Mapping[str, Any] | None) -> Any:
    """A string of a user in which functions of users have the names of generated code.

    Parameters
    ----------
    text : object
        What is no string stays.
    namespace : mapping or None
        Where names are looked for before the code that called distsnn.
    """
    if not isinstance(text, str) or "(" not in text:
        return text
    called = {*_CALL.findall(text)} - (FUNCTIONS.keys() - YIELDING) - {*RANDOM, "range", "sample"}
    further = user_names() if called and not isinstance(namespace, OwnNames) else {}
    around = {**further, **(namespace or {})}
    names = {name: _function(around[name]) for name in called if name in around}
    found = {name: one.name for name, one in names.items() if one is not None}
    if not found:
        return text
    if isinstance(text, Equations):
        return text.substitute(**found)
    return _CALL.sub(lambda m: found.get(m[1], m[1]), text)


# Functions that stand in strings without a decorator.
_plain: dict[Any, Function] = {}


def _function(value: Any) -> Function | None:
    if isinstance(value, Function):
        return value
    # Objects of scripts may refuse to be asked for an attribute.
    if isinstance(value, FunctionType) or "py_func" in getattr(value, "__dict__", ()):
        if value not in _plain:
            _plain[value] = Function(value)
        return _plain[value]
    return None


def _checked_target(target: Any) -> str:
    name = str(getattr(target, "class_name", target)).lower()
    name = {"c++": "cpp", "cppcodeobject": "cpp", "numpycodeobject": "numpy"}.get(name, name)
    if name not in {*_OTHERS, *_PYTHON}:
        raise ParameterError(
            "implementation", f"target={target!r}",
            f"targets are {', '.join((*_PYTHON, *_OTHERS))}", "correct target",
        )  # fmt: skip
    return name


def _from_source(where: str, code: Any) -> Any:
    """A function from itself or from its source."""
    if not isinstance(code, str):
        return code
    made: dict[str, Any] = {"np": np}
    exec(textwrap.dedent(code), made)
    found = [v for v in made.values() if isinstance(v, FunctionType)]
    if len(found) != 1:
        raise ParameterError(
            where, f"the code for numba defines {len(found)} functions", "it defines one",
            "correct it",
        )  # fmt: skip
    return found[0]


def _dimension(where: str, unit: Any) -> Dimension | None:
    if unit is None:
        return None
    if unit is bool or isinstance(unit, int | float):
        return DIMENSIONLESS
    if isinstance(unit, str):
        return dimension_of_unit(unit)
    if callable(unit) and not isinstance(unit, Quantity):
        raise UnsupportedError(
            where, "the unit of the result is a function", "it is one unit",
            "write a function for each unit, or divide by units in the expression",
        )  # fmt: skip
    return get_dimensions(unit)


def _in_distsnn(value: Any) -> Any:
    return numbers_of(value) if isinstance(value, Quantity) else value


def _in_si(value: Any) -> Any:
    if not isinstance(value, Quantity):
        return value
    numbers = plain(value)
    return numbers if numbers.ndim else float(numbers)
