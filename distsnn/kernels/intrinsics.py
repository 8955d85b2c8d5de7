"""Two things LLVM and the C library offer that numba does not: a prefetch and a clock."""

from __future__ import annotations

import time

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

_CLOCK_MONOTONIC = time.CLOCK_MONOTONIC


def prefetch(array, index):
    """Ask the processor to load the cache line of ``array[index]``; no effect on results.

    Parameters
    ----------
    array : array (n,), in
    index : int64
        Must not be negative.
    """


def clock():
    """Monotonic time in ns (int64)."""
    return time.monotonic_ns()


@intrinsic
def _prefetch(typing_context, array, index):
    def codegen(context, builder, signature, arguments):
        view = context.make_array(signature.args[0])(context, builder, arguments[0])
        address = builder.gep(view.data, [arguments[1]])
        pointer = builder.bitcast(address, ir.PointerType(ir.IntType(8)))
        word = ir.IntType(32)
        function = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(ir.VoidType(), [ir.PointerType(ir.IntType(8)), word, word, word]),
            "llvm.prefetch.p0",
        )
        # read, keep in all levels of the cache, data
        builder.call(function, [pointer, word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), codegen


@intrinsic
def _clock(typing_context):
    def codegen(context, builder, signature, arguments):
        long = ir.IntType(64)
        timespec = cgutils.alloca_once(builder, ir.LiteralStructType([long, long]))
        function = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(ir.IntType(32), [ir.IntType(32), timespec.type]),
            "clock_gettime",
        )
        builder.call(function, [ir.IntType(32)(_CLOCK_MONOTONIC), timespec])
        seconds = builder.load(cgutils.gep_inbounds(builder, timespec, 0, 0))
        nanoseconds = builder.load(cgutils.gep_inbounds(builder, timespec, 0, 1))
        return builder.add(builder.mul(seconds, long(1_000_000_000)), nanoseconds)

    return types.int64(), codegen


@overload(prefetch, inline="always")
def _prefetch_overload(array, index):
    return lambda array, index: _prefetch(array, index)  # noqa: PLW0108 - numba wants a function


@overload(clock, inline="always")
def _clock_overload():
    return lambda: _clock()  # noqa: PLW0108 - numba wants a function
