"""Modules that most runs need nothing of, imported when something of them is first used."""

from __future__ import annotations

from importlib import import_module
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
