"""A network that has run is built anew with what was added or set, and keeps its state."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from distsnn.describe.groups import EventDescription, GroupDescription, NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.outline import lines_of
from distsnn.describe.set_between_runs import set_otherwise
from distsnn.errors import ParameterError
from distsnn.exchange import World
from distsnn.front.network.building import BuildOptions, build_network
from distsnn.front.network.built_network import BuiltNetwork
from distsnn.front.network.network_state import NetworkState
from distsnn.front.network.rebuilt.settled_network import check_can_be_set, settle_all
from distsnn.front.network.saved.settings_between_runs import settings_of
from distsnn.run.state.extended_state import StateByIndex, take_state


def admit_added(state: NetworkState) -> None:
    """Let objects that were added after a run be part of the network, and synapses know when."""
    built, members = state.built, state.members
    if built is None:
        return
    members.admit(state.object_values, built.step)
    for one, known in zip(members.synapses, built.base.synapses, strict=False):
        n = len(known.connects)
        one.since[n:] = [built.step for _ in one.since[n:]]


def take_changes(world: World, state: NetworkState, description: NetworkDescription) -> None:
    """Build the network anew if objects were added, or delays or rules set. Collective.

    Parameters
    ----------
    description : NetworkDescription
        All objects as they are now.

    Raises
    ------
    ParameterError
        If values of what was added depend on what has changed meanwhile, or the network cannot take
        over what was set.
    """
    before = state.built
    if before is None:
        return
    more, names = _has_more(description, before.base), set_otherwise(before.described, description)
    ordered = _has_other_calls(description, before.base)
    coded = before.leaving_tables(description, names)
    check_can_be_set(before, {*names, *coded})
    if not more and not names and not coded and not ordered:
        return
    if state.first is not None:
        raise ParameterError(
            "Network",
            f"{', '.join(sorted({*names, *coded}))} was set, or more was added, after the first "
            "run of a network with trials",
            "all trials have the synapses, the delays and the rules of the first run",
            "set them before it, or run networks of their own",
        )
    base = replace(before.base, order=description.order) if ordered else before.base
    if more:
        if base.changes:
            raise _refused("objects were added", "the time step has been changed")
        base = _extended(base, description)
        _check_values(before.base, description)
        state.extended = before.step > 0
    settling = {n: delays for n, delays in names.items() if n not in coded}
    undo = settle_all(before, settling, description)
    try:
        state.built = _built_with(world, state, base, description, coded)
    except BaseException:
        undo()
        raise
    state.built.gather(world)


def _has_other_calls(now: NetworkDescription, base: NetworkDescription) -> bool:
    """Whether Python is called at other places within a step, or monitors read at others."""
    return now.order != base.order and now.order.compiled == base.order.compiled


def _has_more(now: NetworkDescription, base: NetworkDescription) -> bool:
    return _sizes(now) != _sizes(base)


def _sizes(description: NetworkDescription) -> tuple[int, list[int], list[int]]:
    connects = [len(s.connects) for s in description.synapses]
    receptors = [_n_receptors(group) for group in _neurons(description)]
    return len(description.poisson_inputs), receptors, connects


def _n_receptors(group: GroupDescription) -> int:
    return len(group.receptors) if isinstance(group, NeuronDescription) else 0


def _neurons(description: NetworkDescription) -> list[GroupDescription]:
    return [group for group in description.groups if not isinstance(group, EventDescription)]


def _extended(base: NetworkDescription, now: NetworkDescription) -> NetworkDescription:
    """The network as it was built, and what has been added as it is now."""
    # A group with further receptors has another model: it is as it is now.
    groups = [
        old if _n_receptors(old) == _n_receptors(new) else new
        for old, new in zip(_neurons(base), _neurons(now), strict=False)
    ]
    further = _neurons(now)
    events = [group for group in now.groups if isinstance(group, EventDescription)]
    inputs = now.poisson_inputs[len(base.poisson_inputs) :]
    known = zip(base.synapses, now.synapses, strict=False)
    synapses = [
        replace(old, connects=(*old.connects, *new.connects[len(old.connects) :]))
        for old, new in known
    ]
    return replace(
        base,
        groups=(*groups, *further[len(groups) :], *events),
        synapses=(*synapses, *now.synapses[len(synapses) :]),
        poisson_inputs=(*base.poisson_inputs, *inputs),
        clocks=now.clocks,
        order=now.order,
    )


def _check_values(base: NetworkDescription, now: NetworkDescription) -> None:
    """Raise ParameterError if new synapses depend on variables that are not as they were."""
    before = [len(s.connects) for s in base.synapses]
    for index, synapses in enumerate(now.synapses):
        first = before[index] if index < len(before) else 0
        connects = synapses.connects[first:]
        given = [(c.rule, c.values) for c in connects]
        made = () if synapses.statements is None or first else synapses.assignments
        lines = lines_of("", (tuple(given), tuple((a.value, a.where) for a in made)))
        text = "\n".join(lines.values()) if connects else ""
        for end, suffix in ((synapses.source, "pre"), (synapses.target, "post")):
            same = _unchanged(base, now, end.group)
            for name in re.findall(rf"\b(\w+)_{suffix}\b", text):
                if same is not None and name not in same:
                    raise _refused(
                        f"{synapses.name}, whose values depend on {name}_{suffix}, was added",
                        f"{name} may have changed since",
                        "give the values as arrays",
                    )


def _unchanged(base: NetworkDescription, now: NetworkDescription, group: int) -> set[str] | None:
    """Variables of a group that are as when it was built; None for all."""
    if group >= len(_neurons(base)):
        return None
    old, new = base.groups[group], now.groups[group]
    if not isinstance(old, NeuronDescription) or not isinstance(new, NeuronDescription):
        return {"N"}
    assigned = {made.variable for made in new.assignments[len(old.assignments) :]}
    return {"N", *old.parameters} - assigned


def _refused(
    what: str, why: str, advice: str = "add them earlier, or make a new Network"
) -> ParameterError:
    return ParameterError(
        "Network",
        f"{what} after the first run, and {why}",
        "what is added after a run is drawn as if it had been there at the beginning",
        advice,
    )


def _built_with(
    world: World,
    state: NetworkState,
    base: NetworkDescription,
    description: NetworkDescription,
    coded: Collection[str],
) -> BuiltNetwork:
    """The network built with all objects, in the state that it has now.

    `coded` are synapses that are in plastic tables and get code for their statements.
    """
    before, members = state.built, state.members
    assert before is not None
    step = before.step
    variables = before.variables_of(world, coded)
    saved = before.team.run(lambda of: StateByIndex.of(before.workers[of.thread].simulation, step))
    settings = settings_of(members.described) | {
        name: kept
        for name, kept in before.settings.items()
        if name not in _late(before.base, description)
    }
    known = {s.name for s in before.base.synapses}
    further = [s.name for s in base.with_statements if s.name not in known]
    kept = [name for name in before.tabulated if name not in coded]
    options = BuildOptions(state.threads, tabulated=[*kept, *further], settings=settings)
    after = build_network(world, members, base, options)
    if missing := sorted(set(kept) - set(after.tabulated)):
        raise _refused("objects were added", f"{missing[0]} is in a plastic table, which they read")
    after.update(description)
    after.team.run(
        lambda of: take_state(
            before.workers[of.thread].build, saved[of.thread], after.workers[of.thread].simulation
        )
    )
    after.set_variables(world, variables)
    after.spiked_before, after.end = before.spiked_before, before.end
    for old, new in zip(before.engines, after.engines, strict=True):
        new.counters[:] = old.counters
        new.timers[:] = old.timers
    return after


def _late(base: NetworkDescription, now: NetworkDescription) -> set[str]:
    """Names of synapses that have been connected further, and of groups with further receptors."""
    synapses = zip(base.synapses, now.synapses, strict=False)
    groups = zip(_neurons(base), _neurons(now), strict=False)
    return {new.name for old, new in synapses if len(new.connects) > len(old.connects)} | {
        new.name for old, new in groups if _n_receptors(new) > _n_receptors(old)
    }
