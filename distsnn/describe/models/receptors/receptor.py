"""The base of receptors: parameters, equations, and how these act on a neuron."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter as Argument
from typing import Any, ClassVar

import numpy as np

from distsnn.describe.models.parameters import OF_EQUATIONS, WithParameters
from distsnn.describe.models.receptors.outputs import CURRENT, Output
from distsnn.describe.values.given import Value, value_content
from distsnn.errors import ParameterError

Values = Mapping[str, float | np.ndarray]
_EQUATION = re.compile(r"\s*d(\w+)/dt\s*=\s*([^:#]+?)\s*(#.*)?")


@dataclass(frozen=True)
class Coefficient:
    """A number per group, or per neuron where a parameter it depends on differs.

    Attributes
    ----------
    name : str
        Name in the statements.
    depends_on : tuple of str
        Names of parameters.
    evaluate : callable
        From a mapping of these names (and ``dt``) to the value, elementwise in numpy.
    """

    name: str
    depends_on: tuple[str, ...]
    evaluate: Callable[[Values], float | np.ndarray]


@dataclass(frozen=True)
class ReceptorNames:
    """The names that a receptor has in its group.

    Attributes
    ----------
    variables : mapping of str to str
        Name in the group of each variable of the receptor; the first acts on the membrane.
    parameters : mapping of str to str
        Name in the group of each parameter of the receptor.
    """

    variables: Mapping[str, str]
    parameters: Mapping[str, str]

    @property
    def acting(self) -> str:
        """Name of the variable that acts on the membrane."""
        return next(iter(self.variables.values()))

    def in_group(self, text: str) -> str:
        """An expression of the receptor with the names of the group."""
        named = {**self.variables, **self.parameters}
        named |= {f"d{x}": f"d{name}" for x, name in self.variables.items()}
        return re.sub(r"\b[A-Za-z_]\w*\b", lambda word: named.get(word[0], word[0]), text)


@dataclass(frozen=True)
class ReceptorStep:
    """A step of a receptor of `LIF`.

    Attributes
    ----------
    coefficients : tuple of Coefficient
        For the statements.
    statements : tuple of (name, formula)
        New values ``_new_<variable>``.
    gains : tuple of callable
        For each variable the potential after a step that a unit of it has caused, by exact
        integration, from ``tau_m``, ``C_m``, ``dt`` and the parameters (mV).
    means : tuple of callable
        For each variable the mean over the step of what acts, per capacitance.
    """

    coefficients: tuple[Coefficient, ...]
    statements: tuple[tuple[str, str], ...]
    gains: tuple[Callable[[Values], float | np.ndarray], ...]
    means: tuple[Callable[[Values], float | np.ndarray], ...]


class Receptor(WithParameters):
    """Base of receptors: parameters and linear equations, in a user's file or in the package.

    See "Receptors of your own" in the guide. With `LIF` the equations are solved exactly, and so
    is the membrane under currents; with other models they are integrated by the model's method.

    Parameters
    ----------
    output : CUBA, COBA or MgBlock
        How the first variable acts on the membrane: as a current (pA) or a conductance (nS).
    name : str, optional
        Name of the receptor within its target.
    **values : float, array (N,), Distribution or str
        Parameters; their names and defaults are those of the class. A string is an expression
        for each neuron, such as ``'2*ms + 0.1*i*ms'``.

    Attributes
    ----------
    equations : str
        One line ``dx/dt = ...`` for each variable. The first acts on the membrane. All have the
        unit of the weight.
    events : str
        The variable that events add to: the last one unless it is another.
    before_threshold : bool
        Whether the events of a step act before its threshold, as those of `Delta` do.
    variable : str
        Name of the variable of a model's equations that events add to, in place of own ones.
    method : str
        By what method the equations are solved with `LIF`.

    Raises
    ------
    UnknownNameError
        If there is no such parameter.
    ParameterError
        If a value is not allowed, or a line is no equation.
    """

    equations: ClassVar[str] = ""
    events: ClassVar[str] = ""
    before_threshold: ClassVar[bool] = False
    variable: str = ""
    method: str = "exact"
    # Of receptors with equations.
    output: Output
    name: str | None = None
    derivatives: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        cls.derivatives = _derivatives(cls.__name__, cls.equations)
        if cls.events and cls.events not in cls.derivatives:
            raise ParameterError(
                cls.__name__,
                f"events={cls.events!r}",
                f"events add to a variable of the equations: {', '.join(cls.derivatives)}",
                "correct it",
            )

    def __init__(self, *, output: Output = CURRENT, name: str | None = None, **values: Any) -> None:
        self._take(values, strings=True)
        if not isinstance(output, Output):
            raise ParameterError(
                type(self).__name__,
                f"output={output!r}",
                "output is CUBA(), COBA(E=...) or MgBlock(E=...)",
                "give one of these",
            )
        self.output, self.name = output, checked_receptor_name(type(self).__name__, name)

    @classmethod
    def _further(cls) -> Sequence[Argument]:
        """See `WithParameters`."""
        return (
            Argument("output", Argument.KEYWORD_ONLY, default=CURRENT),
            Argument("name", Argument.KEYWORD_ONLY, default=None),
        )

    @property
    def weight_unit(self) -> str:
        """Unit of the weights of synapses onto this receptor."""
        return self.output.unit

    @property
    def least_weight(self) -> float:
        """The lowest weight that is allowed."""
        return self.output.least_weight

    def step(self, names: ReceptorNames) -> ReceptorStep | None:  # noqa: ARG002 - of those with one
        """A step of `LIF` in closed form; None to have the equations solved."""
        return None

    def lines(self, names: ReceptorNames) -> list[str]:
        """Its equations in the equations of a model, with the names of the group."""
        unit = OF_EQUATIONS.get(self.weight_unit, self.weight_unit)
        lines = [f"d{x}/dt = {formula} : {unit}" for x, formula in self.derivatives.items()]
        return [names.in_group(line) for line in lines]

    def content(self) -> tuple[object, ...]:
        """Everything that defines the receptor, for the digest."""
        values = tuple(map(value_content, self.values.values()))
        equations = (*self.derivatives.items(), self.events)
        return (type(self).__name__, *values, self.output.content(), self.name, equations)

    def outlined(self) -> dict[str, object]:
        """Everything that defines the receptor, by name."""
        kept = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        return {"kind": type(self).__name__, **kept}

    def __repr__(self) -> str:
        given = [f"{name}={_shown(value)}" for name, value in self.values.items()]
        given.append(f"output={self.output!r}")
        given += [f"name={self.name!r}"] if self.name else []
        return f"{type(self).__name__}({', '.join(given)})"


def _shown(value: Value | str) -> str:
    return f"{value.size} values" if isinstance(value, np.ndarray) else repr(value)


def checked_receptor_name(where: str, name: str | None) -> str | None:
    """The name of a receptor; ParameterError if it is no identifier."""
    if name is not None and not (isinstance(name, str) and name.isidentifier()):
        raise ParameterError(
            where,
            f"name={name!r} is not an identifier",
            "a name has letters, digits and underscores",
            "rename it",
        )
    return name


def _derivatives(where: str, equations: str) -> dict[str, str]:
    """The variables of a receptor and their derivatives, from its text."""
    found = {}
    for line in equations.splitlines():
        if not line.strip() or line.strip().startswith("#"):
            continue
        matched = _EQUATION.fullmatch(line)
        if matched is None:
            raise ParameterError(
                where,
                f"the equation {line.strip()!r}",
                "each line is dx/dt = ..., without a unit",
                "correct it",
            )
        found[matched[1]] = matched[2]
    return found


class SolvedReceptor(Receptor):
    """The same as a receptor of a user's class, for processes that need not find the class."""

    def __init__(self, of: Receptor) -> None:
        vars(self).update(vars(of))
        vars(self)["parameters"] = dict(of.parameters)
        vars(self)["derivatives"], vars(self)["events"] = of.derivatives, of.events
