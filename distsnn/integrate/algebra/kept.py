"""Results of algebra on equations, kept in the cache folder: sympy takes long, and to import too.

A result is known by the function that computes it, its arguments, the code of the functions that
compute with sympy and the versions of sympy and Python.
"""

from __future__ import annotations

import ast
import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from functools import cache, wraps
from importlib.metadata import version
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from distsnn.kernels.private_folder import cache_folder

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")
# Pickled, since who gets a tree may change it.
_known: dict[str, bytes] = {}


def kept(function: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
    """Make a function look for its result first; it depends on nothing but its arguments.

    Parameters
    ----------
    function : callable
        Takes strings, syntax trees, and tuples and dictionaries of them; its result is pickled.
    """

    @wraps(function)
    def found(*given: _Given.args, **named: _Given.kwargs) -> _Result:
        asked = f"{function.__qualname__}{_shown(given)}{_shown(named)}"
        digest = hashlib.sha256((_versions() + asked).encode()).hexdigest()[:24]
        if digest not in _known:
            path = cache_folder() / f"algebra-{digest}.pickle"
            _known[digest] = _read(path) or _computed(path, function(*given, **named))
        result: _Result = pickle.loads(_known[digest])
        return result

    return found


def _shown(value: Any) -> str:
    """All that a result can depend on."""
    if isinstance(value, ast.AST):
        return ast.dump(value)
    if isinstance(value, tuple):
        return f"({','.join(map(_shown, value))})"
    if isinstance(value, dict):
        return f"{{{','.join(f'{key!r}:{_shown(item)}' for key, item in value.items())}}}"
    return repr(value)


def _read(path: Path) -> bytes:
    try:
        written = path.read_bytes()
        pickle.loads(written)
    except (OSError, EOFError, pickle.UnpicklingError):
        return b""
    return written


def _computed(path: Path, result: Any) -> bytes:
    content = pickle.dumps(result)
    descriptor, partial = tempfile.mkstemp(dir=path.parent, suffix=".partial")
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    # Whole or not at all, as many ranks may look at the folder at once.
    os.replace(partial, path)
    return content


@cache
def _versions() -> str:
    code = hashlib.sha256()
    for name in ("symbolic.py", "solutions.py"):
        code.update(Path(__file__).with_name(name).read_bytes())
    return f"{sys.version} {version('sympy')} {code.hexdigest()}\n"
