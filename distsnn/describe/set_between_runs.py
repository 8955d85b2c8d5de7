"""Delays and rules that are set between runs: a network as it was built, and as it is now."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.equation_based import SynapseAssignment
from distsnn.describe.synapses.projections import NEVER_SET
from distsnn.describe.synapses.synapses import (
    DELAY,
    DENDRITIC_DELAY,
    WEIGHT,
    AddToReceptor,
    SynapsesDescription,
)


def as_set(base: NetworkDescription, now: NetworkDescription) -> NetworkDescription:
    """`base` with the delays and rules of `now`, which has the same objects and perhaps more."""
    if not set_otherwise(base, now):
        return base
    pairs = zip(base.synapses, now.synapses, strict=False)
    made = tuple(_with_set(old, new) for old, new in pairs)
    return replace(base, synapses=(*made, *base.synapses[len(made) :]))


def set_otherwise(built: NetworkDescription, now: NetworkDescription) -> dict[str, bool]:
    """The synapses whose delays or rules are not those that were built.

    Returns
    -------
    dict of str to bool
        By the name of the object, whether delays differ.
    """
    pairs = zip(built.synapses, now.synapses, strict=False)
    return {new.name: _have_other_delays(old, new) for old, new in pairs if _differ(old, new)}


def was_set(description: NetworkDescription) -> bool:
    """Whether delays or rules have been set between runs."""
    return any(
        s.effect.set_at != NEVER_SET
        if isinstance(s.effect, AddToReceptor)
        else any(one.since for one in _delay_assignments(s))
        for s in description.synapses
    )


def _differ(old: SynapsesDescription, new: SynapsesDescription) -> bool:
    return _have_other_delays(old, new) or _rule(old) is not _rule(new)


def _rule(synapses: SynapsesDescription) -> object:
    return synapses.effect.stdp if synapses.statements is None else None  # type: ignore[union-attr]  # it is built-in


def _have_other_delays(old: SynapsesDescription, new: SynapsesDescription) -> bool:
    if old.statements is not None:
        earlier, later = _delay_assignments(old), _delay_assignments(new)
        return len(earlier) != len(later) or any(
            a is not b for a, b in zip(earlier, later, strict=True)
        )
    return any(
        not _are_one(before.values.get(name, 0.0), now.values.get(name, 0.0))
        for before, now in zip(old.connects, new.connects, strict=False)
        for name in (DELAY, DENDRITIC_DELAY)
    )


def _are_one(one: object, other: object) -> bool:
    """Whether values are one object, or equal numbers."""
    both = isinstance(one, float) and isinstance(other, float)
    return one is other or (both and one == other)


def _delay_assignments(synapses: SynapsesDescription) -> list[SynapseAssignment]:
    return [one for one in synapses.assignments if one.variable.startswith("delay of ")]


def _with_set(old: SynapsesDescription, new: SynapsesDescription) -> SynapsesDescription:
    """Synapses with the delays and the rule of others."""
    if not _differ(old, new):
        return old
    if old.statements is not None:
        mine = _delay_assignments(old)
        kept = [one for one in old.assignments if one not in mine]
        effect: Any = replace(old.statements, assignments=(*kept, *_delay_assignments(new)))
        return replace(old, effect=effect)
    assert isinstance(old.effect, AddToReceptor)
    assert isinstance(new.effect, AddToReceptor)
    # A rule that begins to change weights begins with those of now.
    begins = old.effect.stdp is not None and not old.effect.stdp.changes
    names = (DELAY, DENDRITIC_DELAY, *([WEIGHT] if begins else []))
    connects = tuple(
        replace(before, values={**before.values, **{n: now.values[n] for n in names}})
        for before, now in zip(old.connects, new.connects, strict=False)
    )
    effect = replace(old.effect, stdp=new.effect.stdp, set_at=new.effect.set_at)
    return replace(old, connects=(*connects, *old.connects[len(connects) :]), effect=effect)
