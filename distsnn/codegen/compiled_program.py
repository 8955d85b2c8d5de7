"""A program whose blocks are compiled and know where their arguments are."""

from __future__ import annotations

from collections.abc import Mapping
from ctypes import CFUNCTYPE, c_int64
from functools import cache
from itertools import accumulate
from typing import Any

import numpy as np
from numba.core.event import trigger_event

from distsnn.codegen.argument_values import ArgumentValues
from distsnn.codegen.blocks import ARRAY, NUMBER, ArgumentType, Block, block_source
from distsnn.codegen.cache import block_address
from distsnn.codegen.program import LOOP_ARGUMENTS, Program
from distsnn.codegen.program_arguments import Argument
from distsnn.kernels.control import N_POINTS

# Event of numba around what makes a block ready to run.
COMPILED_BLOCK = "distsnn:block"
_BLOCK = CFUNCTYPE(c_int64, c_int64, c_int64)


class CompiledProgram:
    """The blocks of a program, compiled for the types of their arguments.

    Attributes
    ----------
    first_block, blocks : int64 arrays
        What `distsnn.kernels.step_loop.run_blocks` takes; valid until `bind` is called again.
    loop : list of array or number
        The values of `LOOP_ARGUMENTS`.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        ordered = sorted(program.blocks, key=lambda block: block.point)
        points = [block.point for block in ordered]
        self.first_block = np.searchsorted(points, np.arange(N_POINTS + 1)).astype(np.int64)
        self._bound = [BoundBlock(block) for block in ordered]
        self.blocks = np.zeros(2 * len(ordered), dtype=np.int64)
        self._users: dict[Argument, list[BoundBlock]] = {}
        for bound in self._bound:
            for argument in bound.arguments:
                self._users.setdefault(argument, []).append(bound)
        # Blocks have the addresses of these arrays, which live as long.
        self._values: dict[Argument, Any] = {}
        self.loop: list[Any] = []
        self.blocks[1::2] = [bound.given.ctypes.data for bound in self._bound]

    def bind(self, values: ArgumentValues) -> None:
        """Tell the blocks where their arguments are; compile those that are not compiled yet.

        The first time it takes all values, and what has been replaced from then on.
        """
        known = self._values
        if known and not values.replaced:
            return
        replaced = values.taken()
        changed = {
            argument: values[argument]
            for argument in (self._users.keys() & replaced if known else self._users)
            if values[argument] is not known.get(argument)
        }
        self.loop = [values[argument] for argument in LOOP_ARGUMENTS]
        if not changed:
            return
        known.update(changed)
        concerned = dict.fromkeys(bound for name in changed for bound in self._users[name])
        renewed = [bound for bound in concerned if bound.set(changed)]
        if not renewed:
            return
        for number, bound in enumerate(renewed, 1):
            data = {"name": bound.name, "number": number, "total": len(renewed)}
            with trigger_event(COMPILED_BLOCK, data):
                bound.compile()
        self.blocks[0::2] = [bound.address for bound in self._bound]


class BoundBlock:
    """One block and where its arguments are.

    Attributes
    ----------
    name : str
        What the block does, for people.
    arguments : list of Argument
    given : int64 array
        The address and the size of each array, and the numbers.
    address : int
        Of the compiled function.
    """

    def __init__(self, block: Block) -> None:
        self._block = block
        self.name = block.title({})
        self.arguments = list(block.arguments)
        self.given = np.zeros(2 * len(self.arguments) + 1, dtype=np.int64)
        self.address = 0
        self._types: dict[Argument, ArgumentType] = {}
        # Where each argument stands in `given`.
        self._at: dict[Argument, int] = {}

    def set(self, values: Mapping[Argument, Any]) -> bool:
        """Take values for some of the arguments, at first for all.

        Returns whether their types are others, so that the block has to be compiled.
        """
        mine = {name: values[name] for name in self.arguments if name in values}
        types = {name: argument_type(value) for name, value in mine.items()}
        renewed = not types.items() <= self._types.items()
        if renewed:
            self._types |= types
            sizes = [2 if self._types[name].kind == ARRAY else 1 for name in self.arguments]
            self._at = dict(zip(self.arguments, accumulate(sizes, initial=0), strict=False))
        for name, value in mine.items():
            k = self._at[name]
            if types[name].kind == ARRAY:
                self.given[k : k + 2] = value.ctypes.data, value.size
            else:
                self.given[k : k + 1].view(np.asarray(value).dtype)[0] = value
        return renewed

    def compile(self) -> None:
        """Compile the block for the types of its arguments."""
        self.address = block_address(block_source(self._block, self._types))


def call_block(block: Block, step: int, values: Mapping[Argument, Any]) -> None:
    """Call one block between two steps, without the GIL."""
    bound = BoundBlock(block)
    bound.set(values)
    bound.compile()
    _BLOCK(bound.address)(step, bound.given.ctypes.data)


def argument_type(value: Any) -> ArgumentType:
    """The kind of access of a block to a value.

    Raises ValueError if it is an array with gaps or of several dimensions.
    """
    if not isinstance(value, np.ndarray):
        return ArgumentType(NUMBER, _name_of(np.array(value).dtype))
    if value.ndim != 1 or not value.flags.c_contiguous:
        raise ValueError(f"a block takes contiguous arrays of one dimension, not {value.shape}")
    return ArgumentType(ARRAY, _name_of(value.dtype))


@cache
def _name_of(dtype: np.dtype[Any]) -> str:
    return "bool_" if dtype == np.bool_ else dtype.name
