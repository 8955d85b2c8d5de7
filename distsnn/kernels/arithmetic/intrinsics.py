"""Functions of LLVM and the C library that numba does not offer."""

from __future__ import annotations

import time
from fractions import Fraction

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

_CLOCK_MONOTONIC = time.CLOCK_MONOTONIC


def prefetch(array, index):
    """Ask the processor for the cache line of ``array[index]``; no effect on results.

    It comes into the second-level cache: the first has few places for lines that are on their way.

    Parameters
    ----------
    array : array (n,), in
    index : int64
        Must not be negative.
    """


def clock():
    """Monotonic time in ns (int64)."""
    return time.monotonic_ns()


def wide_vectors():
    """Let the loops of this function use the widest vectors there are; no effect on results.

    LLVM takes vectors of 256 bits on processors with AVX-512, whose older ones run slower for a
    while after wider ones. Loops over whole numbers that take long gain a tenth by 512.
    """


def one_by_one(index):
    """An index, in a loop that is not made of vectors; no effect on results.

    Reading from many places by one instruction takes up to twice as long as by one for each.
    """
    return index


def fma(a, b, c):
    """``a*b + c`` of float64 numbers, rounded once: the same on every processor and in a vector.

    Parameters
    ----------
    a, b, c : float64
        Finite.

    Returns
    -------
    float64
    """
    return float(Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c)))


def trailing_zeros(word):
    """Number of zeros (int64) below the lowest bit of a word that is 1.

    Parameters
    ----------
    word : uint64
        Not 0.
    """
    word = int(word)
    return (word & -word).bit_length() - 1


def count_ones(word):
    """Number of bits (int64) of a uint64 word that are 1."""
    return int(word).bit_count()


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
        # read, keep in all levels of the cache but the first, data
        builder.call(function, [pointer, word(0), word(2), word(1)])
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


@intrinsic
def _wide_vectors(typing_context):
    def codegen(context, builder, signature, arguments):
        # llvmlite lets only those attributes through that it knows by name.
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), codegen


@intrinsic
def _one_by_one(typing_context, index):
    def codegen(context, builder, signature, arguments):
        # No instruction, but LLVM does not know that.
        kind = ir.FunctionType(arguments[0].type, [arguments[0].type])
        return builder.asm(kind, "", "=r,0", arguments, side_effect=False)

    return index(index), codegen


@intrinsic
def _fma(typing_context, a, b, c):
    def codegen(context, builder, signature, arguments):
        double = ir.DoubleType()
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(double, [double] * 3), "llvm.fma.f64"
        )
        return builder.call(function, arguments)

    return types.float64(types.float64, types.float64, types.float64), codegen


@intrinsic
def _trailing_zeros(typing_context, word):
    def codegen(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.IntType(1)(1))

    return types.int64(types.uint64), codegen


@intrinsic
def _count_ones(typing_context, word):
    def codegen(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), codegen


@overload(count_ones, inline="always")
def _count_ones_overload(word):
    return lambda word: _count_ones(word)  # noqa: PLW0108 - numba wants a function


@overload(trailing_zeros, inline="always")
def _trailing_zeros_overload(word):
    return lambda word: _trailing_zeros(word)  # noqa: PLW0108 - numba wants a function


@overload(fma, inline="always")
def _fma_overload(a, b, c):
    return lambda a, b, c: _fma(a, b, c)  # noqa: PLW0108 - numba wants a function


@overload(one_by_one, inline="always")
def _one_by_one_overload(index):
    return lambda index: _one_by_one(index)  # noqa: PLW0108 - numba wants a function


@overload(prefetch, inline="always")
def _prefetch_overload(array, index):
    return lambda array, index: _prefetch(array, index)  # noqa: PLW0108 - numba wants a function


@overload(wide_vectors, inline="always")
def _wide_vectors_overload():
    return lambda: _wide_vectors()  # noqa: PLW0108 - numba wants a function


@overload(clock, inline="always")
def _clock_overload():
    return lambda: _clock()  # noqa: PLW0108 - numba wants a function
