"""Equations as objects, which can be added and whose names can be replaced."""

from __future__ import annotations

import ast
import re
from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from distsnn.describe.checks.settable import Settable
from distsnn.display.card import Card
from distsnn.display.formulas import formulas
from distsnn.errors import EquationError, ExpressionSyntaxError, ParameterError, unknown_name
from distsnn.front.names.quantity_values import dimension_of_unit
from distsnn.language.objects import neuron_equations, synapse_equations
from distsnn.language.parse import (
    DIFFERENTIAL,
    PARAMETER,
    SUBEXPRESSION,
    Equation,
    parse_equations,
)
from distsnn.language.syntax import calls_in, names_in
from distsnn.quantities.physical import Dimension
from distsnn.quantities.quantity import Quantity

# Of equations whose use is not known yet.
_FLAGS = {
    kind: flags | synapse_equations.FLAGS[kind] for kind, flags in neuron_equations.FLAGS.items()
}


class Equations(Settable, str):
    """Equations as strings, for `NeuronGroup` and `Synapses`; as Brian 2's ``Equations``.

    Equations are added with ``+``, which puts them below each other. They are a mapping from the
    names of variables to `SingleEquation`: ``eqs["v"].expr``, ``len(eqs)``, ``for name in eqs``.

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

    # Numbers that names stand for.
    numbers: Mapping[str, float | Quantity] = MappingProxyType({})

    def __new__(cls, text: str, **names: Any) -> Equations:
        """Replace the names in the expression."""
        if not isinstance(text, str):
            raise ParameterError(
                "Equations",
                f"{text!r} is no string",
                "equations are given as a string",
                "correct it",
            )
        numbers = {
            n: x if isinstance(x, Quantity) else float(x)
            for n, x in names.items()
            if isinstance(x, int | float | np.number | Quantity)
        }
        names = {n: new for n, new in names.items() if n not in numbers}
        for name, new in names.items():
            if not isinstance(new, str) or not new.isidentifier() or new.startswith("_"):
                raise ExpressionSyntaxError(
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
        # What is no equation is said here, and not where they are used.
        for name in numbers.keys() & made.equations.keys():
            raise ParameterError(
                "Equations",
                f"{name}={numbers[name]!r}, and {name} is a variable of the equations",
                "numbers stand for names from outside",
                "give another name",
            )
        return made

    def _repr_html_(self) -> str | None:
        try:
            lines = parse_equations(self, "Equations", _FLAGS)
        except EquationError:
            # Notebooks then show the expression.
            return None
        numbers = tuple(
            (name, f"{value}" if isinstance(value, Quantity) else f"{value:g}")
            for name, value in self.numbers.items()
        )
        return Card("Equations", numbers, formulas(lines)).html

    @property
    def equations(self) -> dict[str, SingleEquation]:
        """The equations by variable, in the order in which they are written."""
        known: dict[str, SingleEquation] | None = vars(self).get("_equations")
        if known is None:
            parsed = parse_equations(str(self), "Equations", None)
            known = {n: SingleEquation.of(one, self.numbers) for n, one in parsed.items()}
            vars(self)["_equations"] = known
        return known

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            if key not in self.equations:
                unknown_name("Equations", key, self.equations)
            return self.equations[key]
        return str(self)[key]

    def __len__(self) -> int:
        return len(self.equations)

    def __iter__(self) -> Iterator[str]:
        return iter(self.equations)

    def __contains__(self, name: object) -> bool:
        return name in self.equations

    def keys(self) -> KeysView[str]:
        """Names of the variables."""
        return self.equations.keys()

    def values(self) -> ValuesView[SingleEquation]:
        """The equations."""
        return self.equations.values()

    def items(self) -> ItemsView[str, SingleEquation]:
        """Names and equations."""
        return self.equations.items()

    def get(self, name: str, default: Any = None) -> Any:
        """The equation of a variable, or `default`."""
        return self.equations.get(name, default)

    @property
    def names(self) -> set[str]:
        """Names of all variables."""
        return set(self.equations)

    @property
    def diff_eq_names(self) -> set[str]:
        """Names of the variables with differential equations."""
        return self._of(DIFFERENTIAL)

    @property
    def subexpr_names(self) -> set[str]:
        """Names of the subexpressions."""
        return self._of(SUBEXPRESSION)

    @property
    def parameter_names(self) -> set[str]:
        """Names of the parameters."""
        return self._of(PARAMETER)

    @property
    def eq_names(self) -> set[str]:
        """Names of all variables but parameters."""
        return self.names - self.parameter_names

    @property
    def eq_expressions(self) -> list[tuple[str, str | None]]:
        """Names and right sides of all equations but parameters."""
        return [(n, one.expr) for n, one in self.items() if one.type != PARAMETER]

    @property
    def diff_eq_expressions(self) -> list[tuple[str, str | None]]:
        """Names and right sides of the differential equations."""
        return [(n, one.expr) for n, one in self.items() if one.type == DIFFERENTIAL]

    @property
    def ordered(self) -> list[SingleEquation]:
        """Subexpressions in the order in which they need each other, equations, parameters."""
        left = {n: self.equations[n] for n in self if n in self.subexpr_names}
        found: list[SingleEquation] = []
        while left:
            ready = [n for n, one in left.items() if not one.identifiers & left.keys() - {n}]
            # Those that need each other are refused where the equations are used.
            for name in ready or list(left):
                found.append(left.pop(name))
        return found + [
            one for kind in (DIFFERENTIAL, PARAMETER) for one in self.values() if one.type == kind
        ]

    @property
    def identifiers(self) -> set[str]:
        """Names in the equations that are no variables."""
        return {x for one in self.values() for x in one.identifiers} - self.names

    @property
    def dimensions(self) -> dict[str, Dimension]:
        """Dimension of each variable."""
        return {name: one.dim for name, one in self.items()}

    @property
    def stochastic_variables(self) -> set[str]:
        """Names of the noise: ``xi``, ``xi_1``, ..."""
        return {x for one in self.values() for x in one.stochastic_variables}

    @property
    def is_stochastic(self) -> bool:
        """Whether there is noise."""
        return bool(self.stochastic_variables)

    def substitute(self, **names: Any) -> Equations:
        """The same equations with other names, or numbers, for names; see the class."""
        return Equations(self, **names)

    def _of(self, kind: str) -> set[str]:
        return {name for name, one in self.items() if one.type == kind}

    def __add__(self, other: str) -> Equations:
        """These equations and those of `other` below them."""
        if not isinstance(other, str):
            return NotImplemented
        return _joined(self, other)

    def __radd__(self, other: str) -> Equations:
        """The equations of `other` and these below them."""
        return _joined(other, self)


@dataclass(frozen=True)
class SingleEquation:
    """One equation of `Equations`.

    Attributes
    ----------
    type : str
        ``"differential equation"``, ``"subexpression"`` or ``"parameter"``.
    varname : str
    expr : str or None
        The right side; None for a parameter.
    unit : str
        As it is written.
    var_type : str
        ``"float"``, ``"integer"`` or ``"boolean"``.
    flags : tuple of str
    identifiers : frozenset of str
        Names on the right side.
    """

    type: str
    varname: str
    expr: str | None
    unit: str
    var_type: str
    flags: tuple[str, ...]
    identifiers: frozenset[str]

    @property
    def dim(self) -> Dimension:
        """Dimension of the variable."""
        return dimension_of_unit(self.unit)

    @classmethod
    def of(cls, parsed: Equation, numbers: Mapping[str, Any]) -> SingleEquation:
        """The equation that a parsed one is, in which some names stand for numbers."""
        tree = parsed.expression
        names = set() if tree is None else {*names_in(tree), *calls_in(tree)} - numbers.keys()
        return cls(
            parsed.kind,
            parsed.name,
            None if tree is None else ast.unparse(tree),
            parsed.unit,
            parsed.type,
            tuple(sorted(parsed.flags)),
            frozenset(names),
        )

    def __str__(self) -> str:
        left = f"d{self.varname}/dt" if self.type == DIFFERENTIAL else self.varname
        right = "" if self.expr is None else f" = {self.expr}"
        flags = f" ({', '.join(self.flags)})" if self.flags else ""
        return f"{left}{right} : {self.unit}{flags}"

    @property
    def stochastic_variables(self) -> set[str]:
        """Names of the noise in it."""
        return {x for x in self.identifiers if x == "xi" or x.startswith("xi_")}


def _joined(first: str, second: str) -> Equations:
    numbers: dict[str, Any] = {}
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
