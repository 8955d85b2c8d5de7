"""Blocks: the compiled units of a program, each of which acts at one point of a step.

A block is compiled apart and known by its source. Numbers of groups, tables and synapses are
counted anew in it, so that the same block is found again in another network, and a network that
gets a monitor or another equation compiles what is new in it alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from distsnn.codegen.kernel_names import imports_of

ARRAY, NUMBER = "array_at", "number_at"


@dataclass(frozen=True)
class Block:
    """One compiled unit of a program.

    Attributes
    ----------
    name : str
        What it does, for people.
    point : int
        When it acts: ``AT_...`` in `distsnn.kernels.control`, or `BETWEEN_STEPS`.
    lines : tuple of str
        Its statements, over `step` and arguments of the program. They may return a status, which
        ends a call of the loop over steps.
    functions : tuple of str
        Sources of the functions that the lines call.
    """

    name: str
    point: int
    lines: tuple[str, ...]
    functions: tuple[str, ...] = ()

    def arguments(self, known: Collection[str]) -> list[str]:
        """Those of the `known` arguments of the program that the lines name, in their order."""
        words = dict.fromkeys(_WORD.findall("\n".join(self.lines)))
        return [word for word in words if word in known]


# The point of a block that the loop over steps does not call.
BETWEEN_STEPS = -1
_WORD = re.compile(r"[A-Za-z_]\w*")
_NUMBERED = re.compile(r"([a-z])(\d+)(.*)")


@dataclass(frozen=True)
class ArgumentType:
    """How a block reads an argument: as an array or a number of a type of numpy."""

    kind: str
    dtype: str


def block_source(block: Block, arguments: Sequence[str], types: Mapping[str, ArgumentType]) -> str:
    """Source of the module of a block, whose function is ``block(step, given)``.

    Parameters
    ----------
    block : Block
    arguments : sequence of str
        See `Block.arguments`.
    types : mapping of str to ArgumentType
        By argument.
    """
    local = _counted_anew(arguments)
    lines, k = [], 0
    for argument in arguments:
        found = types[argument]
        lines.append(f"{local[argument]} = {found.kind}(given, {k}, np.{found.dtype})")
        k += 2 if found.kind == ARRAY else 1
    lines += [_WORD.sub(lambda m: local.get(m[0], m[0]), line) for line in block.lines]
    code = "\n\n".join(
        [*block.functions, "def block(step, given):\n" + _indented([*lines, "return DONE"])]
    )
    return f"{imports_of(code)}\n\n{code}"


def _counted_anew(arguments: Sequence[str]) -> dict[str, str]:
    """Arguments with the numbers of their owners in the order in which they appear."""
    numbers: dict[str, dict[str, int]] = {}
    found = {}
    for argument in arguments:
        match = _NUMBERED.fullmatch(argument)
        if match is None:
            found[argument] = argument
            continue
        letter, number, rest = match.groups()
        of_kind = numbers.setdefault(letter, {})
        found[argument] = f"{letter}{of_kind.setdefault(number, len(of_kind))}{rest}"
    return found


def _indented(lines: Sequence[str]) -> str:
    return "".join(f"    {line}\n" for line in lines)
