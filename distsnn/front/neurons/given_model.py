"""The model of a group from what users give: equations, a built-in model, or a `NeuronModel`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from distsnn.describe.models.lif_models import LIF
from distsnn.describe.models.neuron_model import READ_IN, NeuronModel
from distsnn.describe.models.receptors.group_receptors import receptor_parameters, receptor_values
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.describe.operations import Event, Operation
from distsnn.describe.values.given import Value, checked_value
from distsnn.describe.values.given_expressions import NeuronEquations
from distsnn.errors import ParameterError, unknown_name
from distsnn.front.names.user_functions import OwnNames
from distsnn.front.neurons.group_model import BuiltInModel, EquationsModel, WithoutNames
from distsnn.language.parse import Equation
from distsnn.language.symbols import SymbolTable


class ParameterizedModel(WithoutNames):
    """A `NeuronModel` as the model of a group; see `EquationsModel` for what its methods mean.

    Its equations grow with the receptors of the group.
    """

    given: Mapping[str, Any] = {}
    shared: frozenset[str] = frozenset()

    def __init__(self, where: str, model: NeuronModel, size: int) -> None:
        for name, value in model.values.items():
            model.parameters[name].checked(where, name, value, (size,))
        self._owner, self._model, self._size = where, model, size
        self._receptors: tuple[Receptor, ...] = ()
        self._equations = self._equations_with(())

    def _equations_with(self, receptors: tuple[Receptor, ...]) -> EquationsModel:
        parsed, numbers = self._model.equations_with(receptors)
        strings = {
            "threshold": self._model.threshold or None,
            "reset": self._model.reset or None,
            "refractory": self._model.refractory or False,
            "method": self._model.method or None,
            "events": None,
        }
        made = EquationsModel(self._owner, parsed, strings, OwnNames(numbers))
        for moment, code in (("start", self._model.at_start), ("end", self._model.at_end)):
            when = "after_start" if moment == "start" else moment
            if code:
                made.add_operation(Operation(f"*_at_{moment}", code, 0, self._size, 0.0, when, 0))
        made.look_up({})
        made.check_names()
        return made

    def _with(self, receptors: tuple[Receptor, ...]) -> EquationsModel:
        if receptors != self._receptors:
            self._equations, self._receptors = self._equations_with(receptors), receptors
        return self._equations

    @property
    def kind(self) -> NeuronModel:
        """The model that the user gave, with its parameters."""
        return self._model

    @property
    def title(self) -> str:
        """The model, for people."""
        return repr(self._model)

    @property
    def strings(self) -> Mapping[str, str]:
        """Threshold, reset and refractoriness."""
        return self._equations.strings

    @property
    def events(self) -> Mapping[str, Event]:
        """Its events, by name."""
        return self._equations.events

    @property
    def lines(self) -> Mapping[str, Equation]:
        """The equations by variable."""
        return self._equations.lines

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Statements that run in each step."""
        return self._equations.operations

    def describe(self, receptors: tuple[Receptor, ...]) -> NeuronEquations:
        """The model as it is described."""
        described = self._with(receptors).describe(receptors)
        start = {n: e for n, e in self._model.start.items() if n not in described.parameters}
        defaults = self._model.values | receptor_values(receptors)
        return replace(described, defaults=defaults, start=start)

    def units(self, receptors: tuple[Receptor, ...]) -> dict[str, str]:
        """Names of the variables that can be read and set, and their units."""
        units = self._with(receptors).units(receptors)
        units = {name: READ_IN.get(unit, unit) for name, unit in units.items()}
        units |= {n: p.unit for n, (p, _) in receptor_parameters(receptors).items()}
        return units | {n: p.unit for n, p in self._model.parameters.items()}

    def check_receptor(self, where: str, receptor: Receptor) -> None:
        """Raise if a receptor does not fit the model."""
        known = self.units(self._receptors)
        if receptor.variable and receptor.variable not in known:
            unknown_name(where, receptor.variable, known)
        if receptor.method != "exact":
            raise ParameterError(
                where,
                f"receptor with method={receptor.method!r}",
                f"the receptors of {self._model!r} are integrated by the method of the model, "
                f"{self._model.method!r}",
                "leave method= of the receptor out, or give the model another one",
            )
        if not receptor.variable and "V_m" not in self.units(()):
            raise ParameterError(
                where,
                f"receptor={receptor!r}",
                f"{self._model!r} has no variable V_m, which receptors act on",
                "call the membrane potential V_m, or write the synapse with statements",
            )

    def check_value(
        self, where: str, variable: str, value: Any, unit: str, shape: tuple[int, ...]
    ) -> Value:
        """`value`, checked for `variable`."""
        if variable in self._model.parameters:
            return self._model.parameters[variable].checked(where, variable, value, shape)
        return checked_value(where, variable, value, unit, shape)

    def symbols(self, receptors: tuple[Receptor, ...]) -> SymbolTable:
        """Symbols of an expression that sets values."""
        return self._with(receptors).symbols(receptors)

    def type_of(self, variable: str) -> str:
        """Type of a variable or of what is computed."""
        return self._equations.type_of(variable)

    @property
    def clamped(self) -> frozenset[str]:
        """Variables that expressions do not set in refractory neurons."""
        return self._equations.clamped

    @property
    def differing(self) -> frozenset[str]:
        """Names that differ between neurons."""
        return self._equations.differing

    @property
    def subexpressions(self) -> dict[str, str]:
        """Names of subexpressions and their units."""
        return self._equations.subexpressions

    @property
    def computed(self) -> tuple[str, ...]:
        """Names that can be read, but not set."""
        return self._equations.computed


GroupModel = BuiltInModel | ParameterizedModel | EquationsModel


def model_of(
    where: str,
    model: object,
    size: int,
    strings: Mapping[str, Any],
    namespace: Mapping[str, Any] | None,
) -> GroupModel:
    """The model of a group from what `NeuronGroup` was given.

    Raises ParameterError if it is no model, or a model other than equations was given expressions;
    and EquationError or UnitError if an expression cannot be understood.
    """
    if isinstance(model, str):
        return EquationsModel(where, model, strings, namespace)
    if isinstance(model, type) and issubclass(model, LIF | NeuronModel):
        raise ParameterError(
            where,
            f"model={model.__name__}",
            "model is an object of the class, which has its parameters",
            f"write {model.__name__}()",
        )
    if not isinstance(model, LIF | NeuronModel):
        raise ParameterError(
            where,
            f"model={model!r}",
            "model is a built-in model such as LIF(...), a NeuronModel, or equations as a string",
            "give one",
            model=repr(model),
        )
    given = [name for name, value in strings.items() if value is not None and value is not False]
    if given or namespace is not None:
        raise ParameterError(
            where,
            f"{', '.join(given) or 'namespace'} given with {type(model).__name__}",
            "this model has its threshold, reset and method in itself",
            "leave it out, or write the model as equations",
        )
    if isinstance(model, NeuronModel):
        return ParameterizedModel(where, model, size)
    return BuiltInModel(where, model, size)
