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
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import llvmlite.binding
import numba
import numpy as np
import platformdirs

import distsnn.kernels
from distsnn.codegen.program import Program
from distsnn.kernels.private_folder import private_folder

# An update reads and writes many arrays; LLVM gives up vectorizing a loop that needs more
# than 8 checks that arrays do not overlap, which is far too few for it.
llvmlite.binding.set_option("distsnn", "--runtime-memory-check-threshold=256")


def load_program(program: Program) -> Callable[..., int]:
    """The numba function of a program; compiled at its first call, or read from the cache."""
    return load_source(program.source)


def load_function(program: Program, name: str) -> Callable[..., None]:
    """Another numba function of a program (``read_<t>`` or ``sweep_histories_<h>``)."""
    found: Callable[..., None] = getattr(_module(program.source), name)
    return found


def load_source(source: str) -> Callable[..., int]:
    """The numba function ``advance`` that a source defines; see `load_program`."""
    advance: Callable[..., int] = _module(source).advance
    return advance


def _module(source: str) -> ModuleType:
    digest = hashlib.sha256((_versions() + source).encode()).hexdigest()[:24]
    name = f"distsnn_program_{digest}"
    if name not in sys.modules:
        path = cache_folder() / f"{name}.py"
        if not path.exists():
            _write(path, source)
        sys.modules[name] = _imported(name, path)
    return sys.modules[name]


def compile_program(advance: Callable[..., int], arguments: Sequence[Any]) -> None:
    """Compile (or read from the cache) `advance` for arguments of these types; runs nothing."""
    advance.compile(tuple(numba.typeof(a) for a in arguments))  # type: ignore[attr-defined]  # of numba


@cache
def cache_folder() -> Path:
    """Folder of compiled programs: DISTSNN_CACHE_DIR, else the user's cache, else a new one.

    One that others can write is not used, since programs are loaded by running them.
    """
    chosen = os.environ.get("DISTSNN_CACHE_DIR")
    candidates = [Path(chosen)] if chosen else []
    candidates.append(Path(platformdirs.user_cache_dir("distsnn")))
    for folder in candidates:
        if not private_folder(folder):
            continue
        try:
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return Path(tempfile.mkdtemp(prefix="distsnn-"))


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
