"""Numbers that threads share: read, written and added to as a whole, in one order for all."""

from __future__ import annotations

import os
import threading
import time

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

_LOCK = threading.Lock()
_REST = 50


def load(array, index):
    """``array[index]`` (int64) as the last thread wrote it; what it wrote before is seen too.

    Parameters
    ----------
    array : int64 array (n,), in
    index : int64
        Must not be negative.
    """
    with _LOCK:
        return array[index]


def store(array, index, value):
    """``array[index] = value`` (int64), after all that this thread has written before."""
    with _LOCK:
        array[index] = value


def fetch_add(array, index, value):
    """Add `value` to ``array[index]`` (int64); what it was before."""
    with _LOCK:
        before = array[index]
        array[index] = before + value
        return before


def yield_core():
    """Let another thread have this core, if one waits for it."""
    os.sched_yield()


def rest():
    """Sleep for 50 us, or till a signal comes."""
    time.sleep(_REST / 1e6)


def _address(context, builder, signature, arguments):
    view = context.make_array(signature.args[0])(context, builder, arguments[0])
    return builder.gep(view.data, [arguments[1]])


@intrinsic
def _load(typing_context, array, index):
    def codegen(context, builder, signature, arguments):
        address = _address(context, builder, signature, arguments)
        return builder.load_atomic(address, "seq_cst", 8, typ=ir.IntType(64))

    return types.int64(array, types.int64), codegen


@intrinsic
def _store(typing_context, array, index, value):
    def codegen(context, builder, signature, arguments):
        address = _address(context, builder, signature, arguments)
        builder.store_atomic(arguments[2], address, "seq_cst", 8)
        return context.get_dummy_value()

    return types.void(array, types.int64, types.int64), codegen


@intrinsic
def _fetch_add(typing_context, array, index, value):
    def codegen(context, builder, signature, arguments):
        address = _address(context, builder, signature, arguments)
        return builder.atomic_rmw("add", address, arguments[2], "seq_cst")

    return types.int64(array, types.int64, types.int64), codegen


@intrinsic
def _yield_core(typing_context):
    def codegen(context, builder, signature, arguments):
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(ir.IntType(32), []), "sched_yield"
        )
        builder.call(function, [])
        return context.get_dummy_value()

    return types.void(), codegen


@intrinsic
def _rest(typing_context):
    def codegen(context, builder, signature, arguments):
        word = ir.IntType(32)
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(word, [word]), "usleep"
        )
        builder.call(function, [word(_REST)])
        return context.get_dummy_value()

    return types.void(), codegen


@overload(load, inline="always")
def _load_overload(array, index):
    return lambda array, index: _load(array, index)  # noqa: PLW0108 - numba wants a function


@overload(store, inline="always")
def _store_overload(array, index, value):
    return lambda array, index, value: _store(array, index, value)  # noqa: PLW0108 - as above


@overload(fetch_add, inline="always")
def _fetch_add_overload(array, index, value):
    return lambda array, index, value: _fetch_add(array, index, value)  # noqa: PLW0108 - as above


@overload(yield_core, inline="always")
def _yield_core_overload():
    return lambda: _yield_core()  # noqa: PLW0108 - numba wants a function


@overload(rest, inline="always")
def _rest_overload():
    return lambda: _rest()  # noqa: PLW0108 - numba wants a function
