"""Named parameters with defaults and units, for classes of neuron models and of receptors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter as Argument
from inspect import Signature, cleandoc
from types import MappingProxyType
from typing import Any, ClassVar

from distsnn.describe.checks.arguments import check_choice
from distsnn.describe.checks.constructors import known_names, refuse_argument
from distsnn.describe.checks.settable import Settable
from distsnn.describe.values.given import Value, checked_value, value_bounds
from distsnn.errors import ParameterError, unknown_name

POSITIVE, NONNEGATIVE = "> 0", ">= 0"
# The unit of a parameter or receptor as a user reads it -> as equations have it.
OF_EQUATIONS = {
    "1": "1",
    "ms": "second",
    "1/ms": "Hz",
    "mV": "volt",
    "pA": "amp",
    "nS": "siemens",
    "pF": "farad",
}


@known_names
@dataclass(frozen=True)
class Parameter:
    """A parameter of a `NeuronModel` or of a `Receptor`.

    Parameters
    ----------
    default : float or None
        Its value unless another one is given; None if one must be given.
    unit : str
        ``"ms"``, ``"1/ms"``, ``"mV"``, ``"pA"``, ``"nS"``, ``"pF"``, ``"1"``, or any unit of
        equations, such as ``"amp/second"``.
    bound : str
        ``"> 0"`` or ``">= 0"`` if values must be so.
    doc : str
        What it is, for the help of the class.

    Raises
    ------
    ParameterError
        If `default` is no number, `unit` or `doc` no string, or `bound` none of these.
    """

    default: float | None
    unit: str = "1"
    bound: str = ""
    doc: str = ""

    def __post_init__(self) -> None:
        check_choice("Parameter", "bound", self.bound, ("", POSITIVE, NONNEGATIVE))
        for name, example in (("unit", "mV"), ("doc", "Leak conductance.")):
            if not isinstance(given := getattr(self, name), str):
                raise ParameterError(
                    "Parameter",
                    f"{name}={given!r}",
                    f"{name} is a string, such as {example!r}",
                    "correct it",
                )
        if self.default is not None:
            object.__setattr__(self, "default", self.checked("Parameter", "default", self.default))

    @property
    def unit_in_equations(self) -> str:
        """The unit as equations have it."""
        return OF_EQUATIONS.get(self.unit, self.unit)

    def checked(
        self, where: str, name: str, value: object, shape: tuple[int, ...] | None = None
    ) -> Value:
        """A value of the parameter; ParameterError if it is not allowed."""
        checked = checked_value(where, name, value, self.unit, shape)
        low = value_bounds(checked)[0]
        if (self.bound == POSITIVE and not low > 0) or (self.bound == NONNEGATIVE and not low >= 0):
            raise ParameterError(
                where,
                f"{name} can be {low} {self.unit}",
                f"{name} must be {self.bound} {self.unit}",
                f"correct {name}, or bound its distribution with low=",
            )
        return checked


class WithParameters(Settable):
    """An object whose class declares parameters, as `Parameter` objects.

    Attributes
    ----------
    parameters : mapping of str to Parameter
        All parameters, in the order of the class.
    """

    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType({})
    # How values are given, for help.
    KIND: ClassVar[str] = "float, array (N,) or Distribution"

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        found = dict(cls.parameters)
        found |= {name: p for name, p in vars(cls).items() if isinstance(p, Parameter)}
        cls.parameters = MappingProxyType(found)
        if any(p.doc for p in found.values()):
            cls.__doc__ = cls._with_section(cleandoc(vars(cls).get("__doc__") or ""))
        if "__init__" not in vars(cls):
            cls.__signature__ = Signature(  # type: ignore[attr-defined]  # read by help()
                [
                    *(
                        Argument(
                            name,
                            Argument.KEYWORD_ONLY,
                            default=Argument.empty if p.default is None else p.default,
                        )
                        for name, p in found.items()
                    ),
                    *cls._further(),
                ]
            )

    @classmethod
    def _with_section(cls, text: str) -> str:
        """A docstring with a section of all parameters, unless it has one."""
        kinds = {name: f"{cls.KIND}, {p.unit}" for name, p in cls.parameters.items()}
        docs = {name: p.doc for name, p in cls.parameters.items()} | cls._further_docs()
        lines = [f"{name} : {kinds.get(name, 'str')}\n    {doc}" for name, doc in docs.items()]
        section = "\n".join(["Parameters\n----------", *lines])
        head, notes, tail = text.partition("\n\nNotes\n-----\n")
        return text if "\nParameters\n---" in text else f"{head}\n\n{section}{notes}{tail}"

    @classmethod
    def _further_docs(cls) -> dict[str, str]:
        """Meanings of further arguments, for help."""
        return {}

    @classmethod
    def _further(cls) -> Sequence[Argument]:
        """Arguments of the class besides its parameters, for its signature."""
        return ()

    def _take(self, values: Mapping[str, Any], strings: bool = False) -> None:
        """Keep the values of all parameters; with `strings` also expressions for each neuron."""
        where = type(self).__name__
        names = [*self.parameters, *(argument.name for argument in self._further())]
        for name in values:
            if name not in self.parameters:
                refuse_argument(where, name, names)
                unknown_name(where, name, names)
        for name, parameter in self.parameters.items():
            value = values.get(name, parameter.default)
            if value is None:
                raise ParameterError(
                    where, f"{name} is missing", f"{name} has no default", f"give {name}="
                )
            if not (strings and isinstance(value, str)):
                value = parameter.checked(where, name, value)
            vars(self)[name] = value

    @property
    def values(self) -> dict[str, Any]:
        """The value of each parameter: number, array (N,) or distribution."""
        return {name: getattr(self, name) for name in self.parameters}

    def __repr__(self) -> str:
        given = [
            f"{name}={value!r}"
            for name, value in self.values.items()
            if not isinstance(value, float) or value != self.parameters[name].default
        ]
        return f"{type(self).__name__}({', '.join(given)})"
