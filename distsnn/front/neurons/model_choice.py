"""The model of a group from what `NeuronGroup` was given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distsnn.describe.models.lif_models import LIF
from distsnn.describe.models.neuron_model import NeuronModel
from distsnn.errors import ParameterError
from distsnn.front.neurons.group_model import BuiltInModel, EquationsModel
from distsnn.front.neurons.parameterized_model import ParameterizedModel

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
