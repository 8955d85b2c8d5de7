"""Expressions over arrays of neurons or synapses that monitors read in the program.

In code of a probe `lid` is an element in the arrays of the program, `q` its position among those
that are read.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from distsnn.codegen.blocks import ArgumentNames
from distsnn.codegen.emit import emit
from distsnn.codegen.program_arguments import Argument


@dataclass(frozen=True)
class Read:
    """A value that can be read: code with a ``{}`` for each of some arguments."""

    template: str
    arguments: tuple[Argument, ...] = ()

    def code(self, names: ArgumentNames) -> str:
        """Code of the value."""
        return self.template.format(*map(names, self.arguments))


def element(array: Argument) -> Read:
    """The value that an array has for the element that is read."""
    return Read("{}[lid]", (array,))


def column(values: Argument) -> Read:
    """A value that does not change in a run, one for each element that is read."""
    return Read("{}[q]", (values,))


def number(value: Argument | float | bool) -> Read:
    """A number of the program, or one that is known."""
    return Read("{}", (value,)) if isinstance(value, Argument) else Read(repr(value))


def indexed(array: Argument, index: Read) -> Read:
    """The value of an array at an index."""
    return Read(f"{{}}[{index.template}]", (array, *index.arguments))


def element_or_nan(array: str, index: str) -> str:
    """Code of the element of an array at the whole number a variable holds; NaN for any other."""
    return f"({array}[np.int64({index})] if 0 <= {index} < {array}.size else np.nan)"


def indexed_by(array: Argument, index: Read) -> Read:
    """The value of an array at an index that a variable holds, which may lie outside."""
    code = element_or_nan("{}", index.template)
    return Read(code, (array, *index.arguments, *index.arguments, array))


def whole(value: Read) -> Read:
    """A whole number that a variable stores."""
    return Read(f"np.int64({value.template})", value.arguments)


def step_number(every: int) -> Read:
    """The step of a clock that ticks every so many steps; between these, the next one."""
    return Read("step" if every == 1 else f"((step + {every - 1}) // {every})")


def step_time(dt: float, every: int) -> Read:
    """The time of the step, in ms, on a clock that ticks every so many steps."""
    return Read(f"({step_number(every).template} * {dt!r})")


def last_spike_time(last: Argument, dt: float) -> Read:
    """Time of the last spike of a neuron, in ms."""
    return Read(f"max({{}}[lid] * {dt!r}, -1e7)", (last,))


def flag(flags: Argument) -> Read:
    """Whether an array is not 0."""
    return Read("({}[lid] != 0)", (flags,))


def not_refractory(last: Argument, steps: Read, before_update: bool, every: int) -> Read:
    """Whether a neuron's last spike is more than some steps ago, of `every` ones of the network.

    With `before_update`, before that of the step, it is what the last one found.
    """
    step = "(step - 1)" if before_update else "step"
    step = step if every == 1 else f"({step} // {every})"
    return Read(f"({step} - {{}}[lid] > {steps.template})", (last, *steps.arguments))


@dataclass(frozen=True, eq=False)
class SampledVariable:
    """An expression over what can be read.

    Attributes
    ----------
    tree : ast.expr
    reads : mapping of str to Read
        What each name stands for.
    arrays : mapping of str to tuple of Argument
        The parts of each TimedArray, see `distsnn.kernels.expression_functions.timed_value`.
    """

    tree: ast.expr
    reads: Mapping[str, Read]
    arrays: Mapping[str, tuple[Argument, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, read: Read) -> SampledVariable:
        """A single value."""
        return cls(ast.Name("value", ast.Load()), {"value": read})

    def code(self, names: ArgumentNames) -> str:
        """Code of the value."""

        def timed(node: ast.Call, given: list[str]) -> str:
            assert isinstance(node.func, ast.Name)
            function = "timed_value" if len(given) == 1 else "timed_value_2d"
            parts = map(names, self.arrays[node.func.id])
            return f"{function}({', '.join([*given, *parts])})"

        return emit(self.tree, lambda name: self.reads[name].code(names), timed)
