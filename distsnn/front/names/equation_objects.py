"""Equations as objects, which can be added and whose names can be replaced."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from distsnn.describe.checks.settable import Settable
from distsnn.display.card import Card
from distsnn.display.formulas import formulas
from distsnn.errors import EquationError, ParameterError
from distsnn.language.objects import neuron_equations, synapse_equations
from distsnn.language.parse import parse_equations

# Of equations whose use is not known yet.
_FLAGS = {
    kind: flags | synapse_equations.FLAGS[kind] for kind, flags in neuron_equations.FLAGS.items()
}


class Equations(Settable, str):
    """Equations as strings, for `NeuronGroup` and `Synapses`; as Brian 2's ``Equations``.

    Equations are added with ``+``, which puts them below each other.

    Parameters
    ----------
    text : str
        One equation per line.
    **names : str or float
        New names for names in the expression, or the numbers they stand for:
        ``Equations('dx/dt = -x/tau : 1', x='v', tau=10*ms)``.

    Raises
    ------
    ParameterError
        If the equations are no string, a new name is no name, or a name stands for two numbers in
        a sum.

    Examples
    --------
    >>> import distsnn as snn
    >>> decay = snn.Equations("dg/dt = -g/tau : 1", g="g_exc", tau="tau_exc")
    >>> decay
    'dg_exc/dt = -g_exc/tau_exc : 1'
    >>> G = snn.NeuronGroup(2, decay + "tau_exc : second")
    """

    # What names stand for.
    numbers: Mapping[str, float] = MappingProxyType({})

    def __new__(cls, text: str, **names: Any) -> Equations:
        """Replace the names in the expression."""
        if not isinstance(text, str):
            raise ParameterError(
                "Equations",
                f"{text!r} is no string",
                "equations are given as a string",
                "correct it",
            )
        numbers = {n: float(x) for n, x in names.items() if isinstance(x, int | float | np.number)}
        names = {n: new for n, new in names.items() if n not in numbers}
        for name, new in names.items():
            if not isinstance(new, str) or not new.isidentifier():
                raise ParameterError(
                    "Equations",
                    f"{name}={new!r}",
                    "names are replaced by other names, given as strings, or by numbers",
                    "give TimedArrays as namespace= of the group or synapses",
                )
        if names:
            known = "|".join(map(re.escape, names))
            # With the d of a derivative, or as a word of its own.
            derivative, word = rf"(?<!\w)d({known})(?=/dt)", rf"(?<!\w)({known})(?!\w)"
            text = re.sub(
                f"{derivative}|{word}",
                lambda m: "d" + names[m[1]] if m[1] else names[m[2]],
                text,
            )
        made = super().__new__(cls, text)
        made.numbers = {**getattr(text, "numbers", {}), **numbers}
        return made

    def _repr_html_(self) -> str | None:
        try:
            lines = parse_equations(self, "Equations", _FLAGS)
        except EquationError:
            # Notebooks then show the expression.
            return None
        numbers = tuple((name, f"{value:g}") for name, value in self.numbers.items())
        return Card("Equations", numbers, formulas(lines)).html

    def __add__(self, other: str) -> Equations:
        """These equations and those of `other` below them."""
        if not isinstance(other, str):
            return NotImplemented
        return _joined(self, other)

    def __radd__(self, other: str) -> Equations:
        """The equations of `other` and these below them."""
        return _joined(other, self)


def _joined(first: str, second: str) -> Equations:
    numbers: dict[str, float] = {}
    for part in (first, second):
        for name, value in getattr(part, "numbers", {}).items():
            if numbers.setdefault(name, value) != value:
                raise ParameterError(
                    "Equations",
                    f"{name} stands for {numbers[name]!r} and {value!r}",
                    "in a sum of equations a name stands for one number",
                    "rename one",
                )
    return Equations(f"{first!s}\n{second!s}", **numbers)
