"""The compiler of distsnn: decorators, so that no kernel chooses its own options.

`kernel` is for functions called from Python or from other kernels; `inline_kernel` is for
small device functions that must vanish into the loop that calls them, so that the loop
vectorizes. `block_function`, `large_block_function` and `inline_block_function` are for generated
functions that stand beside the block that calls them.
None uses fast-math: results must not depend on how a loop was vectorized.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import IndexDataCacheFile
from numba.core.ccallback import CFunc
from numba.core.serialize import dumps

from distsnn.kernels.compiler_passes import (
    KernelCompiler,
    LinkedCompiler,
    OptimizedCompiler,
)
from distsnn.kernels.private_folder import private_folder
from distsnn.kernels.shared_code import fill_shared, load_shared

_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "_nrt": False,
    # For callbacks from C, at a twentieth of the time of compiling.
    "no_cfunc_wrapper": True,
}
_OF_BLOCK = _OPTIONS | {"no_cpython_wrapper": True, "pipeline_class": LinkedCompiler}


def _digest_of_kernels() -> str:
    folder = Path(__file__).parent
    try:
        sources = [path.read_bytes() for path in sorted(folder.rglob("*.py"))]
    except OSError:
        sources = []
    return hashlib.blake2b(b"\0".join(sources), digest_size=16).hexdigest()


_KERNELS = _digest_of_kernels()


class _CompiledFiles(IndexDataCacheFile):
    """The files of one function, where many processes compile and read at once.

    numba numbers the files of what it has compiled, and names one in its index before it is
    written. So two processes that compile for different types take the same number, and who
    reads in between finds what was compiled from an older source: code for other types, or of
    another kernel. Here a name belongs to one source and types, and comes into the index when
    the file is there.
    """

    def load(self, key: Any) -> Any:
        """Code for a key, which this user has compiled or an administrator; None without."""
        found = super().load(key)
        if found is None:
            return load_shared(self._index_name, self._source_stamp, key)
        fill_shared(self._index_name, key, found, _CompiledFiles, self._source_stamp)
        return found

    def save(self, key: Any, data: Any) -> None:
        """Keep what was compiled for a key."""
        self.put(key, data)
        fill_shared(self._index_name, key, data, _CompiledFiles, self._source_stamp)

    @property
    def keys(self) -> Collection[Any]:
        """The keys that there is code for."""
        known: dict[Any, str] = self._load_index()
        return known.keys()

    def put(self, key: Any, data: Any) -> None:
        """Write what was compiled for a key, then the index."""
        digest = hashlib.blake2b(dumps((self._source_stamp, key)), digest_size=12).hexdigest()
        base = self._index_name.removesuffix(".nbi")
        name = f"{base}.{digest}.nbc"
        self._save_data(name, data)
        known = self._load_index()
        # Of two that write it at once one is forgotten, and compiled again.
        self._save_index(known | {key: name})
        if not known:
            for left in Path(self._cache_path).glob(f"{base}.*.nbc"):
                if left.name != name:
                    left.unlink(missing_ok=True)


def _njit(**options: Any) -> Any:
    return numba.njit(pipeline_class=KernelCompiler, **_OPTIONS, **options)


@cache
def _may_be_used(folder: str) -> bool:
    return private_folder(folder)


def _compile(function: Callable[..., Any], **options: Any) -> Any:
    """Give the function to numba; without a cache where there is no place for one."""
    # A module whose names numba makes as it is loaded.
    settings: Any = numba.config
    if settings.CACHE_DIR and not _may_be_used(settings.CACHE_DIR):
        # numba loads what lies there. Without it, it takes the package's folder or the user's.
        settings.CACHE_DIR = ""
    try:
        dispatcher = _njit(cache=True, **options)(function)
    except RuntimeError as error:
        # numba looks for a writable cache directory when it decorates: a read-only
        # installation with an unwritable home has none, and must still run.
        if "cannot cache function" not in str(error):
            raise
        return _without_literals(_njit(**options)(function))
    # numba compares only the time of the file of the function itself before it reuses compiled
    # code, but device functions from other files are compiled into it: let any change count.
    cached = dispatcher._cache
    _use_private_files(cached, _KERNELS)
    return _without_literals(dispatcher)


def _without_literals(dispatcher: Any) -> Any:
    """Let other kernels call one with constants as they call it with variables.

    numba compiles a function anew for each constant that it is called with, which took a quarter
    of the time of a first network.
    """
    template = dispatcher.get_call_template

    def get_call_template(arguments: Any, named: Any) -> Any:
        return template(
            tuple(map(numba.types.unliteral, arguments)),
            {name: numba.types.unliteral(kind) for name, kind in named.items()},
        )

    dispatcher.get_call_template = get_call_template
    return dispatcher


def is_to_be_kept(dispatcher: Any) -> bool:
    """Whether a kernel is neither compiled nor in the cache folder, but will be there."""
    file = getattr(dispatcher._cache, "_cache_file", None)
    return file is not None and not dispatcher.overloads and not file.keys


def _use_private_files(cached: Any, stamp: Any) -> None:
    """Let numba's cache of one function keep its files as `_CompiledFiles` does."""
    cached._cache_file = _CompiledFiles(cached.cache_path, cached._impl.filename_base, stamp)

    def load_overload(signature: Any, context: Any) -> Any:
        with cached._guard_against_spurious_io_errors():
            found = cached._load_overload(signature, context)
        if found is None:
            # It imports all that numba knows to compile, and scipy, half of the time of a small
            # script, and code that is compiled needs none of it.
            context.refresh()
        return found

    cached.load_overload = load_overload


def compiled_block(function: Callable[..., Any]) -> Any:
    """Compile a C function ``int64(int64, int64)``, or read it from the cache.

    Parameters
    ----------
    function : callable
        A generated function ``block(step, given)`` whose file's name says all that it depends on.

    Returns
    -------
    CFunc
        Its `.address` is that of the function.
    """
    signature = numba.types.int64(numba.types.int64, numba.types.int64)
    options = {name: _OPTIONS[name] for name in ("error_model", "_nrt")}
    compiler: Any = KernelCompiler
    # Its cache is no part of what numba promises.
    block: Any = CFunc(function, (signature.args, signature.return_type), {}, options, compiler)
    block.enable_caching()
    _use_private_files(block._cache, _KERNELS)
    block.compile()
    return block


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a loop over arrays, without the GIL, cached on disk where possible.

    Parameters
    ----------
    function : callable
        Plain function on one-dimensional contiguous arrays and scalars.

    Returns
    -------
    dispatcher
        The compiled function; its `.py_func` is the function given.
    """
    return _compile(function)


def inline_kernel(function: Callable[..., Any]) -> Any:
    """Compile a small device function that LLVM inlines into every caller.

    Parameters
    ----------
    function : callable
        Plain function on scalars.

    Returns
    -------
    dispatcher
        The compiled function; its `.py_func` is the function given.
    """
    return _compile(function, forceinline=True)


def block_function(function: Callable[..., Any]) -> Any:
    """Compile a generated function for the block that calls it, as a part of that block.

    Parameters
    ----------
    function : callable
        Plain function in the module of the block. Nobody else may call it.

    Returns
    -------
    dispatcher
        What the block calls.
    """
    return numba.njit(**_OF_BLOCK)(function)


def inline_block_function(function: Callable[..., Any]) -> Any:
    """The same for a function that vanishes into the loop that calls it."""
    return numba.njit(forceinline=True, **_OF_BLOCK)(function)


def large_block_function(function: Callable[..., Any]) -> Any:
    """The same for a large function, which is optimized apart from its block."""
    return numba.njit(**_OF_BLOCK | {"pipeline_class": OptimizedCompiler})(function)
