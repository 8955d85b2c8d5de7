"""Calls of compiled blocks by the loop over steps, and their arguments.

A block is a C function ``int64 block(int64 step, int64 given)``. `given` is the address of 8-byte
entries: two for each array (its address and its size), one for each number.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from distsnn.kernels.compiled import inline_kernel

_LONG = ir.IntType(64)
# Synapses or neurons whose values are computed before they are used.
CHUNK = 256


@intrinsic
def array_at(typing_context, given, k, dtype):
    """The array whose address is entry `k` and whose size is the next; one-dimensional."""
    array = types.Array(dtype.dtype, 1, "C")

    def codegen(context, builder, signature, arguments):
        view = context.make_array(array)(context, builder)
        item = context.get_data_type(array.dtype)
        width = _LONG(context.get_abi_sizeof(item))
        context.populate_array(
            view,
            data=builder.inttoptr(_entry(builder, arguments, 0), item.as_pointer()),
            shape=[_entry(builder, arguments, 1)],
            strides=[width],
            itemsize=width,
            meminfo=None,
        )
        return view._getvalue()

    return array(types.int64, types.int64, dtype), codegen


@intrinsic
def number_at(typing_context, given, k, dtype):
    """The number of a type that is entry `k`."""

    def codegen(context, builder, signature, arguments):
        item = context.get_data_type(dtype.dtype)
        pointer = builder.inttoptr(_address(builder, arguments, 0), item.as_pointer())
        return context.unpack_value(builder, dtype.dtype, pointer)

    return dtype.dtype(types.int64, types.int64, dtype), codegen


@intrinsic
def chunk_values(typing_context, dtype):
    """Room on the stack for `CHUNK` numbers of a type, which no other array is the same as."""
    array = types.Array(dtype.dtype, 1, "C")

    def codegen(context, builder, signature, arguments):
        view = context.make_array(array)(context, builder)
        item = context.get_data_type(array.dtype)
        place = cgutils.alloca_once(builder, ir.ArrayType(item, CHUNK))
        width = _LONG(context.get_abi_sizeof(item))
        context.populate_array(
            view,
            data=builder.bitcast(place, item.as_pointer()),
            shape=[_LONG(CHUNK)],
            strides=[width],
            itemsize=width,
            meminfo=None,
        )
        return view._getvalue()

    return array(dtype), codegen


@inline_kernel
def move_on(given, first, number):
    """Let each of `number` float64 arrays take the values of the one after it.

    They and one more begin at entry `first` of `given`. The last one stays as it is.
    """
    for k in range(first, first + 2 * number, 2):
        target = array_at(given, k, np.float64)
        source = array_at(given, k + 2, np.float64)
        for lid in range(target.size):
            target[lid] = source[lid]


@intrinsic
def call_block(typing_context, address, step, given):
    """Call the block at an address (int64); returns its status (int64)."""

    def codegen(context, builder, signature, arguments):
        kind = ir.FunctionType(_LONG, [_LONG, _LONG])
        function = builder.inttoptr(arguments[0], kind.as_pointer())
        return builder.call(function, arguments[1:])

    return types.int64(types.int64, types.int64, types.int64), codegen


def _address(builder, arguments, offset):
    number = builder.add(arguments[1], _LONG(offset))
    return builder.add(arguments[0], builder.mul(number, _LONG(8)))


def _entry(builder, arguments, offset):
    entry = builder.inttoptr(_address(builder, arguments, offset), _LONG.as_pointer())
    loaded = builder.load(entry)
    # Nobody writes it while a block runs: LLVM may load it where it is needed.
    loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
    return loaded
