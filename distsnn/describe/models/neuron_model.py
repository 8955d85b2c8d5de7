"""Neuron models of the package or of a user that are equations with named parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import Parameter as Argument
from inspect import Signature
from types import MappingProxyType
from typing import Any, ClassVar

from distsnn.describe.checks.arguments import check_choice
from distsnn.describe.checks.constructors import known_names
from distsnn.describe.checks.settable import Settable
from distsnn.describe.models.receptors import (
    COBA,
    CUBA,
    Alpha,
    Exponential,
    MgBlock,
    Receptor,
    receptor_states,
)
from distsnn.describe.values.given import Value, checked_value, value_bounds
from distsnn.errors import ParameterError, unknown_name

# The unit of a parameter or receptor as a user reads it -> as equations have it.
_OF_EQUATIONS = {
    "1": "1",
    "ms": "second",
    "1/ms": "Hz",
    "mV": "volt",
    "pA": "amp",
    "nS": "siemens",
    "pF": "farad",
}
# The other way round, for variables.
READ_IN = {of_equations: unit for unit, of_equations in _OF_EQUATIONS.items()}
POSITIVE, NONNEGATIVE = "> 0", ">= 0"
RECEPTOR_CURRENT = "I_receptors"


@known_names
@dataclass(frozen=True)
class Parameter:
    """A parameter of a `NeuronModel`.

    Parameters
    ----------
    default : float
        Its value unless another one is given.
    unit : str
        ``"ms"``, ``"1/ms"``, ``"mV"``, ``"pA"``, ``"nS"``, ``"pF"``, ``"1"``, or any unit of
        equations, such as ``"amp/second"``.
    bound : str
        ``"> 0"`` or ``">= 0"`` if values must be so.

    Raises
    ------
    ParameterError
        If `default` is not a number, `unit` no string, or `bound` neither empty nor one of these.
    """

    default: float
    unit: str = "1"
    bound: str = ""

    def __post_init__(self) -> None:
        check_choice("Parameter", "bound", self.bound, ("", POSITIVE, NONNEGATIVE))
        if not isinstance(self.unit, str):
            raise ParameterError(
                "Parameter",
                f"unit={self.unit!r}",
                "unit is a unit as a string, such as 'mV'",
                "correct it",
            )
        object.__setattr__(self, "default", self.checked("Parameter", "default", self.default))

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


class NeuronModel(Settable):
    """Base of neuron models that are equations with named parameters.

    A model is a subclass with `Parameter` objects and expressions in the dialect of equations, in a
    user's file or in the package; see "Models of your own" in the guide. Its name ``I_receptors``
    in the equations stands for the current that all receptors of the group add, in pA; receptors
    with conductances need a variable ``V_m``.

    Parameters
    ----------
    method : str, optional
        Method of integration in place of the model's.
    **values : float, array (N,) or Distribution
        Parameters; their names and defaults are those of the class.

    Attributes
    ----------
    equations : str
        One equation for each variable; parameters need none.
    threshold, reset, refractory, method : str
        As those of `NeuronGroup`; `refractory` as an expression.
    start : mapping of str to str
        What variables start at, as expressions over parameters; 0 without one.
    parameters : mapping of str to Parameter
        All parameters, in the order of the class.

    Raises
    ------
    UnknownNameError
        If there is no such parameter.
    ParameterError
        If a value is not allowed.

    Examples
    --------
    >>> import distsnn as snn
    >>> class Quadratic(snn.NeuronModel):
    ...     tau_m = snn.Parameter(10.0, "ms", "> 0")
    ...     a = snn.Parameter(0.1, "1/mV")
    ...     R = snn.Parameter(0.1, "mV/pA")
    ...     I_e = snn.Parameter(0.0, "pA")
    ...     equations = "dV_m/dt = (a*V_m**2 + R*(I_e + I_receptors))/tau_m : volt"
    ...     threshold, reset, method = "V_m > 20*mV", "V_m = -10*mV", "rk4"
    >>> cells = snn.NeuronGroup(10, Quadratic(I_e=300.0), name="cells")
    >>> snn.Network(cells).run(100 * snn.ms).spikes
    120
    """

    equations: ClassVar[str] = ""
    threshold: ClassVar[str] = ""
    reset: ClassVar[str] = ""
    refractory: ClassVar[str] = ""
    method: str = ""
    start: ClassVar[Mapping[str, str]] = MappingProxyType({})
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType({})

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        found = dict(cls.parameters)
        found |= {name: p for name, p in vars(cls).items() if isinstance(p, Parameter)}
        cls.parameters = MappingProxyType(found)
        arguments = [
            Argument(name, Argument.KEYWORD_ONLY, default=p.default) for name, p in found.items()
        ]
        arguments.append(Argument("method", Argument.KEYWORD_ONLY, default=cls.method))
        cls.__signature__ = Signature(arguments)  # type: ignore[attr-defined]  # read by help()

    def __init__(self, *, method: str | None = None, **values: Any) -> None:
        where = type(self).__name__
        for name in values:
            if name not in self.parameters:
                unknown_name(where, name, [*self.parameters, "method"])
        found: dict[str, Value] = {
            name: p.checked(where, name, values.get(name, p.default))
            for name, p in self.parameters.items()
        }
        if not isinstance(method, str | None):
            raise ParameterError(
                where,
                f"method={method!r}",
                "method is the name of a method of integration",
                "give one, such as 'rk4'",
            )
        vars(self).update(found)
        vars(self)["method"] = type(self).method if method is None else method

    @property
    def values(self) -> dict[str, Value]:
        """The value of each parameter: number, array (N,) or distribution."""
        return {name: getattr(self, name) for name in self.parameters}

    def __repr__(self) -> str:
        given = [
            f"{name}={value!r}"
            for name, value in self.values.items()
            if not isinstance(value, float) or value != self.parameters[name].default
        ]
        return f"{type(self).__name__}({', '.join(given)})"

    def equations_with(self, receptors: tuple[Receptor, ...]) -> tuple[str, dict[str, float]]:
        """The equations of a group with some receptors.

        Returns
        -------
        text : str
        numbers : dict of str to float
            What its names of receptors' numbers stand for.
        """
        lines, currents, numbers = [self.equations], [], dict[str, float]()
        for (name, *rise), receptor in zip(receptor_states(receptors), receptors, strict=True):
            if isinstance(receptor, Exponential | Alpha):
                unit, tau = _OF_EQUATIONS[receptor.weight_unit], f"tau_of_{name}"
                numbers[tau] = receptor.tau
                drive = "".join(f"exp(1)*{x} " for x in rise)
                lines.append(f"d{name}/dt = ({drive}- {name})/({tau}*ms) : {unit}")
                lines += [f"d{x}/dt = -{x}/({tau}*ms) : {unit}" for x in rise]
                currents.append(_current(name, receptor.output, numbers))
        lines.append(f"{RECEPTOR_CURRENT} = {' + '.join(currents) or '0*pA'} : amp")
        for name, parameter in self.parameters.items():
            unit = _OF_EQUATIONS.get(parameter.unit, parameter.unit)
            lines.append(f"{name} : {unit} (constant)")
        return "\n".join(lines), numbers


def _current(name: str, output: CUBA | COBA | MgBlock, numbers: dict[str, float]) -> str:
    """The current of one receptor, as an expression; `numbers` gets what it is made of."""
    if isinstance(output, CUBA):
        return name
    numbers[f"E_of_{name}"] = float(output.E)
    current = f"{name}*(E_of_{name}*mV - V_m)"
    if isinstance(output, MgBlock):
        numbers[f"block_of_{name}"] = output.cc_Mg / output.beta
        numbers[f"alpha_of_{name}"] = output.alpha
        current += f"/(1 + block_of_{name}*exp(-alpha_of_{name}*V_m/mV))"
    return current
