"""Checks that monitors of variables share."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from distsnn.describe.checks.settable import refuse_attribute
from distsnn.describe.values.given_expressions import NeuronEquations
from distsnn.errors import ParameterError, UnknownNameError, UnlikelyValueWarning, unknown_name
from distsnn.front.names.named import called
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.neurons.target_checks import as_slice

# What every group of neurons has besides its variables.
COMPUTED = ("i", "lastspike", "not_refractory")


def probed_slice(where: str, source: SpikeSource | Subgroup) -> Subgroup:
    """The slice that `source` stands for, if it has variables to record.

    Raises ParameterError if it is no group, or a group that only sends spikes.
    """
    checked = as_slice(where, "source", source)
    if not checked.group.recordable():
        raise ParameterError(
            where,
            f"{checked.name} has no variables",
            "variables are recorded of a NeuronGroup or a slice of one",
            "record its spikes with SpikeMonitor(source)",
        )
    return checked


class _NoVariableError(UnknownNameError, ValueError):
    """A monitor shall record a variable that there is not."""


def known_variables(source: Subgroup) -> tuple[str, ...] | None:
    """Names of all variables of neurons; None if others may still come, with receptors."""
    group = source.group
    fixed = not isinstance(group, NeuronGroup) or isinstance(group.model, NeuronEquations)
    return tuple(group.recordable()) if fixed else None


def checked_variables(
    where: str, variables: Any, known: Iterable[str] | None = None
) -> tuple[str, ...] | None:
    """Names of variables, each once; None if `variables` is True, which means all.

    Receptors may be attached to a group after its monitor was made: names are compared with the
    `known` ones when the network is built. Raises ParameterError if `variables` is neither True nor
    names, and UnknownNameError if a name is not known.
    """
    if variables is True:
        return None
    given = [variables] if isinstance(variables, str) else variables
    listed: list[Any] = list(given) if isinstance(given, Iterable) else [None]
    if not all(isinstance(name, str) for name in listed):
        raise ParameterError(
            where,
            f"variables={variables!r}",
            "variables is a name, a list of names, or True",
            "correct it",
        )
    names = tuple(dict.fromkeys(listed))
    if known is not None:
        valid = [*known, *COMPUTED]
        for name in names:
            if name not in valid:
                try:
                    unknown_name(where, name, valid)
                except UnknownNameError as no:
                    raise _NoVariableError(
                        no.where, no.what, no.allowed, no.advice, **no.values
                    ) from None
    return names


def checked_record(where: str, record: object) -> bool:
    """Whether a monitor of events records them; as in Brian 2 this may be any truth value."""
    if isinstance(record, bool | np.bool_):
        return bool(record)
    refused = ParameterError(where, f"record={record!r}", "record is True or False", "correct it")
    if isinstance(record, str):
        raise refused
    try:
        taken = bool(record)
    except ValueError:
        raise refused from None
    what = "the events of all neurons are recorded" if taken else "events are only counted"
    warnings.warn(
        f"{where}: record={record!r} counts as {taken}, as in Brian 2: {what}. "
        "To record some neurons, record a slice of the group.",
        UnlikelyValueWarning,
        stacklevel=5,
    )
    return taken


def check_recorded(monitor: str | None, synapses: object, known: Iterable[object]) -> None:
    """Raise ParameterError unless recorded synapses are among those of the network."""
    if not any(synapses is one for one in known):
        raise ParameterError(
            "Network",
            f"{monitor} records synapses that are not part of the network",
            "a network holds all objects its monitors refer to",
            "add the synapses",
        )


def attribute_error(monitor: Any, name: str) -> AttributeError:
    """The error of a monitor for an attribute that it does not have."""
    if name.startswith("_"):
        return AttributeError(name)
    try:
        refuse_attribute(called(monitor), name)
    except AttributeError as error:
        return error
    recorded = ", ".join(monitor.record_variables) or "none"
    return AttributeError(
        f"{called(monitor)}: {name!r} is not recorded; recorded variables "
        f"are {recorded}. Add it to variables=."
    )


def few(index: np.ndarray) -> str:
    """The first ten of some indices, for messages."""
    shown = ", ".join(str(i) for i in index[:10])
    return (shown or "none") + (", ..." if index.size > 10 else "")
