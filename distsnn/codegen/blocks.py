"""Blocks: the compiled units of a program, each of which acts at one point of a step.

A block is compiled apart and known by its source. Numbers of groups, tables and synapses are
counted anew in it, so that the same block is found again in another network, and a network that
gets a monitor or another equation compiles what is new in it alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from distsnn.codegen.kernel_names import imports_of
from distsnn.codegen.program_arguments import NETWORK, Argument, ArgumentOwner

ARRAY, NUMBER = "array_at", "number_at"
# Names of groups, tables and the like, by the letter of their arguments and their index.
Titles = Mapping[tuple[str, int], str]
# The point of a block that the loop over steps does not call.
BETWEEN_STEPS = -1


@dataclass
class ArgumentNames:
    """The names of arguments of the program in the code of one block.

    Attributes
    ----------
    of : dict of Argument to str
        All that were asked for, in their order.
    indices : dict of str to dict of int to int
        By the letter of a kind of owners, the index that each has here by its index in the program.
    """

    of: dict[Argument, str] = field(default_factory=dict)
    indices: dict[str, dict[int, int]] = field(default_factory=dict)

    def __call__(self, argument: Argument) -> str:
        """The name of an argument, where owners of each kind are counted from 0."""
        if argument not in self.of:
            owner = argument.owner
            indices = self.indices.setdefault(owner.letter, {})
            index = indices.setdefault(owner.index, len(indices))
            self.of[argument] = owner.name_of(argument.name, index)
        return self.of[argument]

    def __getitem__(self, name: str) -> str:
        """The name of an argument that there is once."""
        return self(NETWORK[name])

    def all(self, arguments: Iterable[Argument | Literal]) -> str:
        """Literal of the arguments of a call."""
        return ", ".join(
            given.text if isinstance(given, Literal) else self(given) for given in arguments
        )


@dataclass(frozen=True)
class Literal:
    """Code of a value that is no argument of the program, such as the step."""

    text: str


STEP = Literal("step")


@dataclass(frozen=True)
class Block:
    """One compiled unit of a program.

    Attributes
    ----------
    name : str
        What it does, for people; what it does it to is `of`.
    point : int
        When it acts: ``AT_...`` in `distsnn.kernels.control`, or `BETWEEN_STEPS`.
    lines : tuple of str
        Its statements, over `step` and `names`. They may return a status, which ends a call of
        the loop over steps.
    names : ArgumentNames
        What the lines call their arguments.
    functions : tuple of str
        Sources of the functions that the lines call.
    of : ArgumentOwner or None
        The group, table, ... that it is for, if the name does not say it.
    """

    name: str
    point: int
    lines: tuple[str, ...]
    names: ArgumentNames
    functions: tuple[str, ...] = ()
    of: ArgumentOwner | None = None

    def title(self, titles: Titles) -> str:
        """Its name with that of what it is for, which may be among the `titles`."""
        if self.of is None:
            return self.name
        key, word = (self.of.letter, self.of.index), f"{self.of.word} {self.of.index}"
        return f"{self.name} {titles.get(key, word)}"

    @property
    def arguments(self) -> Mapping[Argument, str]:
        """The arguments of the program that the lines name, by what they call them."""
        return self.names.of


@dataclass(frozen=True)
class ArgumentType:
    """The kind of an argument of a block: an array or a number of a type of numpy."""

    kind: str
    dtype: str


def at_clock(every: int, lines: Iterable[str], otherwise: str = "") -> tuple[str, ...]:
    """Lines of an object whose clock ticks `every` steps, over its own `step`.

    `otherwise` is a line for the steps between.
    """
    if every == 1:
        return tuple(lines)
    return (
        f"if step % {every} == 0:",
        f"    step //= {every}",
        *(f"    {line}" for line in lines),
        *(("else:", f"    {otherwise}") if otherwise else ()),
    )


def block_source(block: Block, types: Mapping[Argument, ArgumentType]) -> str:
    """Source of the module of a block, whose function is ``block(step, given)``."""
    lines, k = [], 0
    named = set(re.findall(r"\w+", "\n".join(block.lines)))
    for argument, name in block.arguments.items():
        found = types[argument]
        if name in named:
            lines.append(f"{name} = {found.kind}(given, {k}, np.{found.dtype})")
        k += 2 if found.kind == ARRAY else 1
    code = "\n\n".join(
        [
            *block.functions,
            "def block(step, given):\n" + _indented([*lines, *block.lines, "return DONE"]),
        ]
    )
    return f"{imports_of(code)}\n\n{code}"


def _indented(lines: Sequence[str]) -> str:
    return "".join(f"    {line}\n" for line in lines)
