"""Modules that most runs need nothing of, imported when something of them is first used."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any


class Later:
    """The names of a module, which the first use of one imports.

    Parameters
    ----------
    module : str
        Its full name. Where it is used, an import for type checkers stands beside.
    """

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._module), name)


def modules_in(package: str) -> Callable[[str], ModuleType]:
    """A ``__getattr__`` for a package: the first use of a module in it imports that module.

    Parameters
    ----------
    package : str
        Its full name.
    """

    def imported(name: str) -> ModuleType:
        full = f"{package}.{name}"
        if not name.startswith("_"):
            try:
                return import_module(full)
            except ModuleNotFoundError as error:
                if error.name != full:
                    raise
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return imported
