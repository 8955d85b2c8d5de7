"""Networks whose schedule has resets before synapses: events do not meet the reset of their step.

Compiled code has one order of a step. Pathways and Poisson inputs act in its slot ``before_end``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.equation_based import Statements
from distsnn.describe.synapses.synapses import SynapsesDescription
from distsnn.errors import ParameterError
from distsnn.front.callbacks.schedule import RESETS_FIRST, compiled_slots
from distsnn.front.monitors.state_monitor import StateMonitor

if TYPE_CHECKING:
    # It asks for the description.
    from distsnn.front.network.network_state import NetworkState

_SLOT = "before_end"
_MOVED = ("before_synapses", "synapses", "after_synapses")


def has_resets_first(schedule: Sequence[str]) -> bool:
    """Whether a schedule has resets before synapses."""
    return compiled_slots(schedule) == RESETS_FIRST


def with_resets_first(description: NetworkDescription) -> NetworkDescription:
    """The same network, in which synapses act after the resets.

    Raises ParameterError if some are built-in synapses.
    """
    return replace(description, synapses=tuple(map(_moved, description.synapses)))


def _moved(synapses: SynapsesDescription) -> SynapsesDescription:
    effect = synapses.effect
    if not isinstance(effect, Statements):
        raise ParameterError(
            synapses.name,
            "built-in synapses, and a schedule with resets before synapses",
            "what reaches a receptor is added before resets",
            "write the synapses as on_pre='v_post += w'",
        )
    strings = effect.strings
    slots = {name: strings.slot_of(name) for name in strings.pathways}
    moved = ((name, _SLOT if slot in _MOVED else slot) for name, slot in slots.items())
    return replace(synapses, effect=replace(effect, strings=replace(strings, slots=(*moved,))))


def take_schedule(state: NetworkState) -> None:
    """Let Poisson inputs of a network follow its schedule, before its first run.

    Raises ParameterError if an object has a slot beside synapses that come after the resets, or
    the order was another in the first run.
    """
    first = has_resets_first(state.schedule)
    if state.built is not None and first != state.built_with_resets_first:
        raise ParameterError(
            "Network.schedule",
            f"the schedule is {', '.join(state.schedule)}, and was another in the first run",
            "the order of synapses and resets is fixed by the first run",
            "make a new network",
        )
    state.built_with_resets_first = first
    if not first:
        return
    members = state.members
    slots = [(x.name, x.when) for x in members.monitors if isinstance(x, StateMonitor)]
    slots += [
        (x.name, operation.when)
        for x in (*members.groups, *members.synapses)
        for operation in getattr(x, "operations", ())
    ]
    for name, when in slots:
        if when in _MOVED:
            raise ParameterError(
                name,
                f"when={when!r}, and a schedule with resets before synapses",
                "such a schedule has nothing beside synapses",
                "choose 'after_resets' or 'end'",
            )
    for given in members.inputs:
        given.act_in(_SLOT)
