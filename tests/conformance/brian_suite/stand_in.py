"""An import hook: `brian2` and all of its submodules are made of the star of `distsnn.brian`.

A name that a test imports from anywhere in brian2 is a name of ``from distsnn.brian import *``,
else one of `HELPERS`, which only tests use, else a stand-in: using it raises `InternalNameError`.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import logging
import sys
import types
import warnings
from typing import Any

import numpy as np

import distsnn.brian as star
from distsnn.brian.units.allunits import all_units
from distsnn.brian.units.fundamentalunits import fail_for_dimension_mismatch
from distsnn.errors import EquationError
from distsnn.front.dialect.unsupported_names import NotSupported
from distsnn.quantities.all_units import ALL_UNITS


class InternalNameError(Exception):
    """A test used a name of Brian 2 that distsnn does not export at all."""


class Internal:
    """Stands for an inner part of Brian 2."""

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "_name", name)

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise InternalNameError(object.__getattribute__(self, "_name"))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse()

    __call__ = __getitem__ = __setitem__ = __contains__ = __iter__ = __len__ = _refuse
    __eq__ = __instancecheck__ = __setattr__ = _refuse
    __hash__ = object.__hash__

    def __mro_entries__(self, bases: Any) -> tuple[type, ...]:
        # As a base it fails when the class is used, not when it is defined.
        return (type("Deferred", (), {"__new__": lambda *_, **__: self._refuse()}),)


def assert_allclose(
    actual: Any, desired: Any, rtol: float = 4.5e8, atol: float = 1e-9, **more: Any
) -> None:
    """As the function of Brian's tests: with a tolerance in units of the smallest number."""
    scale = rtol * np.finfo(float).eps
    np.testing.assert_allclose(
        np.asarray(actual), np.asarray(desired), rtol=scale, atol=atol, **more
    )


def exc_isinstance(info: Any, expected: Any, raise_not_implemented: bool = False) -> bool:
    """Whether an exception, or one that caused it, is of a class."""
    error = getattr(info, "value", info)
    while error is not None:
        if isinstance(error, expected):
            return True
        error = error.__cause__
    return False


class catch_logs:  # noqa: N801 - the name of Brian 2
    """List of (level, name, message) of what is logged or warned of."""

    def __init__(self, log_level: int = logging.WARNING) -> None:
        self.level = log_level

    def __enter__(self) -> list[tuple[str, str, str]]:
        self.found: list[tuple[str, str, str]] = []
        found = self.found

        class Handler(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                # That something is compiled is no warning of the model.
                if record.name != "distsnn.compiling":
                    found.append((record.levelname, record.name, record.getMessage()))

        self.handler = Handler(self.level)
        logging.getLogger("distsnn").addHandler(self.handler)
        self.caught = warnings.catch_warnings(record=True)
        self.warned: Any = self.caught.__enter__()
        return found

    def __exit__(self, *error: Any) -> None:
        logging.getLogger("distsnn").removeHandler(self.handler)
        self.found += [("WARNING", w.category.__name__, str(w.message)) for w in self.warned]
        self.caught.__exit__(*error)


# Lists that the tests of units take functions of numpy from.
UFUNCS = {
    "UFUNCS_DIMENSIONLESS": [
        "sin", "sinh", "arcsin", "arcsinh", "cos", "cosh", "arccos", "arccosh", "tan", "tanh",
        "arctan", "arctanh", "log", "log2", "log10", "log1p", "exp", "exp2", "expm1",
    ],
    "UFUNCS_DIMENSIONLESS_TWOARGS": ["logaddexp", "logaddexp2", "arctan2", "hypot"],
    "UFUNCS_INTEGERS": [
        "bitwise_and", "bitwise_or", "bitwise_xor", "invert", "left_shift", "right_shift",
    ],
    "UFUNCS_LOGICAL": [
        "logical_and", "logical_or", "logical_xor", "logical_not", "isfinite", "isinf", "isnan",
    ],
}  # fmt: skip
HELPERS: dict[str, Any] = {
    **UFUNCS,
    **ALL_UNITS,
    "all_units": all_units,
    "fail_for_dimension_mismatch": fail_for_dimension_mismatch,
    "DEFAULT_UNITS": ALL_UNITS,
    "assert_allclose": assert_allclose,
    "exc_isinstance": exc_isinstance,
    "catch_logs": catch_logs,
    "reinit_and_delete": lambda: None,
    "schedule_propagation_offset": lambda net=None: 0.0,  # noqa: ARG005 - of Brian
    "UnsupportedEquationsException": EquationError,
    "EquationError": EquationError,
    "RuntimeDevice": type(star.get_device()),
    "compiler_supports_c99": lambda: True,
    "CPPStandaloneDevice": type("CPPStandaloneDevice", (), {}),
}


def name_of(name: str) -> Any:
    """What a name stands for."""
    if name in star.__all__ and not isinstance(getattr(star, name), NotSupported):
        return getattr(star, name)
    return HELPERS.get(name) or Internal(name)


class _Module(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return name_of(name)


class _Hook(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002 - of import
        if name == "brian2" or name.startswith("brian2."):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: Any) -> types.ModuleType:
        if spec.name == "brian2.tests.test_network":
            # The tests of clocks take a class of it.
            return importlib.import_module("test_network")
        if spec.name == "brian2.units.constants":
            return importlib.import_module("distsnn.brian.units.constants")
        return _Module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        if module.__name__ == "brian2":
            names: dict[str, Any] = {name: name_of(name) for name in star.__all__}
            vars(module).update(names, __all__=list(names))
        elif module.__name__ == "brian2.units.allunits":
            vars(module).update(ALL_UNITS, __all__=list(ALL_UNITS))


def install() -> None:
    """Let every later import of brian2 be one of distsnn."""
    for name in [n for n in sys.modules if n == "brian2" or n.startswith("brian2.")]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Hook())
