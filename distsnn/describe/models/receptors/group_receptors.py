"""The receptors of one group: names of their variables and parameters, units, values."""

from __future__ import annotations

from distsnn.describe.models.parameters import Parameter
from distsnn.describe.models.receptors.receptor import Receptor, ReceptorNames
from distsnn.describe.values.given import Value
from distsnn.errors import ParameterError

# What the events of a step have added up to before the update takes it in: 0 between steps.
ARRIVING = "_arriving"
Receptors = tuple[Receptor, ...]


def receptor_names(receptors: Receptors) -> tuple[tuple[Receptor, ReceptorNames], ...]:
    """The receptors with equations of their own, each with its names in the group."""
    found: list[tuple[Receptor, ReceptorNames]] = []
    taken: set[str] = set()
    for receptor in receptors:
        if not receptor.derivatives:
            continue
        stem = receptor.output.variable
        name = f"{stem}_{receptor.name}" if receptor.name else stem
        number = 1
        while name in taken:
            name = f"{stem}_{receptor.name or number}"
            if receptor.name and name in taken:
                raise ParameterError(
                    type(receptor).__name__,
                    f"two receptors are named {receptor.name!r}",
                    "the receptors of one group have different names",
                    "rename one of them",
                )
            number += 1
        taken.add(name)
        first, *others = receptor.derivatives
        variables = {first: name, **{x: f"{name}_{x}" for x in others}}
        parameters = {p: f"{p}_{name}" for p in receptor.parameters}
        found.append((receptor, ReceptorNames(variables, parameters)))
    return tuple(found)


def receptor_variables(receptors: Receptors) -> tuple[str, ...]:
    """Name of the variable that the events of each receptor of one group add to."""
    own = {id(receptor): names for receptor, names in receptor_names(receptors)}
    found = []
    for receptor in receptors:
        if id(receptor) in own:
            variables = own[id(receptor)].variables
            found.append(variables[receptor.events or list(variables)[-1]])
        else:
            found.append(receptor.variable or ARRIVING)
    return tuple(found)


def receptor_units(receptors: Receptors) -> dict[str, str]:
    """Names of the variables that receptors bring to a built-in model, and their units."""
    return {
        name: receptor.weight_unit
        for receptor, names in receptor_names(receptors)
        for name in names.variables.values()
    }


def receptor_parameters(receptors: Receptors) -> dict[str, tuple[Parameter, Value | str]]:
    """The parameters that receptors bring to their group, by name, with their values."""
    return {
        name: (receptor.parameters[p], receptor.values[p])
        for receptor, names in receptor_names(receptors)
        for p, name in names.parameters.items()
    }


def receptor_values(receptors: Receptors) -> dict[str, Value]:
    """Values of the parameters of receptors; of those that are expressions any number."""
    return {
        name: 1.0 if isinstance(value, str) else value
        for name, (_, value) in receptor_parameters(receptors).items()
    }
