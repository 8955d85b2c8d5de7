"""Compiled programs: written as modules into a cache folder and loaded from it.

A module's name is a digest of its source, of distsnn's kernels and of the versions of Python,
numpy and numba; numba itself keys what it compiles by the processor. Modules appear under their
name only when whole, so that many ranks may look at the folder at once.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any

import llvmlite.binding
import numba
import numpy as np

import distsnn.kernels
from distsnn.kernels.compiled import compiled_block
from distsnn.kernels.private_folder import cache_folder

# An update reads and writes many arrays; LLVM gives up vectorizing a loop that needs more
# than 8 checks that arrays do not overlap, which is far too few for it.
llvmlite.binding.set_option("distsnn", "--runtime-memory-check-threshold=256")
_compiling = Lock()
# Compiled code lives as long as what numba made of it.
_blocks: dict[str, Any] = {}


def block_address(source: str) -> int:
    """Address of the function ``block`` that a source defines, compiled or read from the cache."""
    with _compiling:
        if source not in _blocks:
            _blocks[source] = compiled_block(load_module(source).block)
        return int(_blocks[source].address)


def load_source(source: str) -> Callable[..., int]:
    """The numba function ``advance`` that a source defines."""
    advance: Callable[..., int] = load_module(source).advance
    return advance


def load_module(source: str) -> ModuleType:
    """The module of a source, written into the cache folder unless it is there."""
    digest = hashlib.sha256((_versions() + source).encode()).hexdigest()[:24]
    name = f"distsnn_program_{digest}"
    if name not in sys.modules:
        path = cache_folder() / f"{name}.py"
        if not path.exists():
            _write(path, source)
        sys.modules[name] = _imported(name, path)
    return sys.modules[name]


@cache
def _versions() -> str:
    kernels = hashlib.sha256()
    for path in sorted(Path(distsnn.kernels.__path__[0]).rglob("*.py")):
        kernels.update(path.read_bytes())
    return f"{sys.version} {np.__version__} {numba.__version__} {kernels.hexdigest()}\n"


def _write(path: Path, source: str) -> None:
    descriptor, partial = tempfile.mkstemp(dir=path.parent, suffix=".partial")
    with os.fdopen(descriptor, "w") as file:
        file.write(source)
    os.replace(partial, path)


def _imported(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
