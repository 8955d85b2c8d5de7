"""Results of algebra on equations, kept in the cache folder: sympy takes long, and to import too.

A result is known by the function that computes it, its arguments, the code that computes
with sympy and the versions of sympy and Python.
"""

from __future__ import annotations

import ast
import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache, wraps
from importlib.metadata import version
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from distsnn.describe.checks import trees
from distsnn.kernels.private_folder import cache_folder
from distsnn.language import syntax

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
    """The content of a file; empty if there is none, or if it is damaged."""
    try:
        content = path.read_bytes()
        pickle.loads(content)
    except Exception:  # noqa: BLE001 - a damaged file may raise anything
        return b""
    return content


def _computed(path: Path, result: Any) -> bytes:
    """The content of the file of a result, which is written where there is a place for it."""
    content = pickle.dumps(result)
    with suppress(OSError):
        descriptor, partial = tempfile.mkstemp(dir=path.parent, suffix=".partial")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            # Whole or not at all, as many ranks may look at the folder at once.
            os.replace(partial, path)
        finally:
            Path(partial).unlink(missing_ok=True)
    return content


@cache
def _versions() -> str:
    """All besides the arguments that results depend on."""
    code = hashlib.sha256()
    files = [*Path(__file__).parent.glob("*.py"), *(Path(str(m.__file__)) for m in (syntax, trees))]
    for path in sorted(files):
        code.update(path.read_bytes())
    return f"{sys.version} {version('sympy')} {version('mpmath')} {code.hexdigest()}\n"
