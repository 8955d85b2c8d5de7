"""Delays and rules that are set between runs: the network is built anew with them."""

from __future__ import annotations

from collections.abc import Callable
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
    Connect,
    SynapsesDescription,
)
from distsnn.errors import ParameterError
from distsnn.front.network.built_network import BuiltNetwork
from distsnn.run.state.settling import settle


def as_set(base: NetworkDescription, now: NetworkDescription) -> NetworkDescription:
    """A network as it was built, with the delays and rules that it has now.

    Both descriptions have the same objects.
    """
    pairs = list(zip(base.synapses, now.synapses, strict=True))
    if not any(_differ(old, new) for old, new in pairs):
        return base
    return replace(base, synapses=tuple(_with_set(old, new) for old, new in pairs))


def set_otherwise(built: BuiltNetwork, now: NetworkDescription) -> dict[str, bool]:
    """The synapses whose delays or rules are not those that were built.

    Returns
    -------
    dict of str to bool
        By the name of the object, whether delays differ.
    """
    pairs = zip(built.described.synapses, now.synapses, strict=False)
    return {new.name: _delays(old) != _delays(new) for old, new in pairs if _differ(old, new)}


def check_can_be_set(built: BuiltNetwork, names: dict[str, bool]) -> None:
    """Raise ParameterError if the network cannot take over what was set."""
    if names and built.base.changes:
        raise ParameterError(
            "Network",
            f"delays or rules of {next(iter(names))} were set after the time step was changed",
            "they are set between runs of one time step",
            "set them before, or make a new Network",
        )


def settle_all(built: BuiltNetwork, names: dict[str, bool]) -> Callable[[], None]:
    """Let what is under way keep the delays and rules that it had. Collective.

    Returns what undoes it.
    """
    whole = {
        projection.name: names[synapses.name]
        for synapses in built.build.description.synapses
        if synapses.name in names
        for projection in synapses.projections
    }
    undone = built.team.run(lambda of: settle(built.workers[of.thread].engine, whole))

    def undo() -> None:
        for one in undone:
            one()

    return undo


def _differ(old: SynapsesDescription, new: SynapsesDescription) -> bool:
    return _delays(old) != _delays(new) or _rule(old) is not _rule(new)


def _rule(synapses: SynapsesDescription) -> object:
    return synapses.effect.stdp if isinstance(synapses.effect, AddToReceptor) else None


class _Same:
    """A value that is compared as an object, and a number as a number."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        one, two = self.value, other.value  # type: ignore[attr-defined]  # it is another one
        return one is two or (isinstance(one, float) and isinstance(two, float) and one == two)

    __hash__ = None  # type: ignore[assignment]  # nothing is looked up


def _delays(synapses: SynapsesDescription) -> list[_Same]:
    """All that says what the delays are."""
    if synapses.statements is not None:
        return [_Same(made) for made in delay_assignments(synapses.assignments)]
    return [
        _Same(connect.values.get(name, 0.0))
        for connect in synapses.connects
        for name in (DELAY, DENDRITIC_DELAY)
    ]


def delay_assignments(made: tuple[SynapseAssignment, ...]) -> list[SynapseAssignment]:
    """The assignments to delays among some."""
    return [one for one in made if one.variable.startswith("delay of ")]


def _with_set(old: SynapsesDescription, new: SynapsesDescription) -> SynapsesDescription:
    if not _differ(old, new):
        return old
    if old.statements is not None:
        assert old.needs_code
        further = [x for x in delay_assignments(new.assignments) if x.since or x not in _known(old)]
        effect: Any = replace(old.effect, assignments=(*old.assignments, *further))
        return replace(old, effect=effect)
    assert isinstance(old.effect, AddToReceptor)
    assert isinstance(new.effect, AddToReceptor)
    begins = old.effect.stdp is not None and not old.effect.stdp.changes
    connects = tuple(
        _connect(before, now, begins)
        for before, now in zip(old.connects, new.connects, strict=True)
    )
    effect = replace(old.effect, stdp=new.effect.stdp, set_at=new.effect.set_at)
    return replace(old, connects=connects, effect=effect)


def _known(synapses: SynapsesDescription) -> list[SynapseAssignment]:
    return delay_assignments(synapses.assignments)


def _connect(before: Connect, now: Connect, begins: bool) -> Connect:
    """One ``connect`` with other delays; where a rule `begins`, also with the weights of now."""
    names = (DELAY, DENDRITIC_DELAY, *([WEIGHT] if begins else []))
    return replace(before, values={**before.values, **{n: now.values[n] for n in names}})


def was_set(description: NetworkDescription) -> bool:
    """Whether delays or rules have been set between runs."""
    return any(
        s.effect.set_at != NEVER_SET
        if isinstance(s.effect, AddToReceptor)
        else any(one.since for one in delay_assignments(s.assignments))
        for s in description.synapses
    )
