"""A plugin of pytest: `nest` is `distsnn.nest`, and each test runs in a process of its own."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
import types
from typing import Any

from tests.conformance.forked_tests import pytest_runtest_protocol

__all__ = ["pytest_runtest_protocol"]


class _Hook(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002 - of import
        if name == "nest" or name.startswith("nest."):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: Any) -> types.ModuleType:
        return importlib.import_module(f"distsnn.{spec.name}")

    def exec_module(self, module: types.ModuleType) -> None:
        del module


sys.meta_path.insert(0, _Hook())
