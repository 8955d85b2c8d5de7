"""A network that goes on with another time step."""

from __future__ import annotations

import re
from dataclasses import replace

from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.set_between_runs import was_set
from distsnn.describe.values.given_expressions import Expression, NeuronEquations
from distsnn.describe.values.time_steps import steps_until
from distsnn.errors import ParameterError
from distsnn.exchange import World
from distsnn.front.network.building import BuildOptions, build_network
from distsnn.front.network.built_network import BuiltNetwork
from distsnn.front.network.members import Members
from distsnn.front.network.network_state import NetworkState
from distsnn.run.state.state_in_memory import StateInMemory
from distsnn.run.time_step import StateInNewSteps, StepChange


def take_time_step(
    world: World, state: NetworkState, duration: float, going_on: str, force: bool
) -> bool:
    """Go on with the time step that has been set, if it is another one. Collective.

    Parameters
    ----------
    state : NetworkState
        Its `built` is replaced if the time step changes.
    duration : float, ms
    going_on : str
        Name of a recording in old steps that would go on; empty if there is none.
    force : bool
        Build the network in new steps even if the hosts have less memory than it needs.

    Returns
    -------
    bool
        Whether it has changed.

    Raises
    ------
    ParameterError
        If the time reached is no whole number of new steps, a file that is being recorded has
        the old ones, or something that the network remembers cannot be put in new steps. The
        network is as it was.
    """
    built = state.built
    if built is None or not state.has_other_clocks:
        return False
    now, own = state.members.clocks(state.next_dt)
    change = StepChange.at(built.exact_time, built.dt, now, built.step)
    if steps_until(built.exact_time + duration, change.after) <= change.next_step:
        # Nothing shows it without a step, and what is set later may fit again.
        return False
    if own or built.base.clocks:
        why = "objects have time steps of their own"
        raise _refused(change, why, "leave time steps as they are, or make a new Network")
    if was_set(state.description):
        why = "delays or rules were set between runs"
        raise _refused(change, why, "set them before the first run")
    if state.first is not None:
        why = "all trials of a network have the same tables of synapses"
        raise _refused(change, why, "run networks of their own")
    if going_on:
        raise _refused(change, f"{going_on} is being recorded", "record to another file")
    if strings := _strings_with_dt(state.description):
        raise _refused(
            change, f"{strings} was set by an expression with dt in it", "set it as a number"
        )
    try:
        state.built = _built_in_steps(world, state, change, force)
    except BaseException:
        state.members.connect_monitors(state.description)
        raise
    state.built.gather(world)
    return True


def _built_in_steps(
    world: World, state: NetworkState, change: StepChange, force: bool
) -> BuiltNetwork:
    """The network built in new steps, with the state that it has now."""
    members, before = state.members, state.built
    assert before is not None
    saved = [StateInMemory(worker.engine.step) for worker in before.workers]
    before.team.run(lambda of: before.workers[of.thread].simulation.write(saved[of.thread]))
    base = replace(before.base, dt=change.after, changes=before.base.changes + 1)
    described = members.describe((base.dt, ()), base.seed, base.changes)
    members.connect_monitors(described)
    options = BuildOptions(
        state.threads, force=force, tabulated=before.tabulated, settings=before.settings
    )
    after = build_network(world, members, base, options)
    after.update(described)
    found = after.team.run(
        lambda of: StateInNewSteps(
            change,
            saved[of.thread],
            before.workers[of.thread].engine,
            after.workers[of.thread].engine,
        )
    )
    rounded = any(f.rounded for f in found)
    problem = next((f.problem for f in found if f.problem), "")
    if not problem and rounded:
        problem = _reading_last_spikes(members, state.description)
    if problem:
        raise _refused(change, problem)
    if rounded or before.spiked_before[1]:
        after.spiked_before = change.next_step, before.last_spikes()
    after.end = before.end
    after.team.run(lambda of: after.workers[of.thread].simulation.read(saved[of.thread]))
    for old, new in zip(before.engines, after.engines, strict=True):
        new.counters[:] = old.counters
        new.timers[:] = old.timers
    return after


def _reading_last_spikes(members: Members, description: NetworkDescription) -> str:
    """Name of an object that reads `lastspike`, whose steps must stay whole; or empty."""
    readers = [
        m.name or "" for m in members.monitors if "lastspike" in getattr(m, "record_variables", ())
    ]
    readers += _mentioning(description, "lastspike")
    if not readers:
        return ""
    return f"{readers[0]} reads lastspike, and neurons have spiked between new steps"


def _refused(
    change: StepChange, why: str, advice: str = "run to a time where it is not so, or begin anew"
) -> ParameterError:
    time = change.step * change.before
    return ParameterError(
        "Network",
        f"dt was set from {change.before:g} ms to {change.after:g} ms at {time:g} ms, and {why}",
        "the time step changes where all that a network remembers has a place in new steps",
        advice,
    )


def _mentioning(description: NetworkDescription, name: str) -> list[str]:
    """Names of objects whose expressions contain a name, also with ``_pre`` and ``_post``."""
    word = re.compile(rf"\b{name}(_pre|_post)?\b")
    found = [
        group.name
        for group in description.groups
        if isinstance(group, NeuronDescription)
        and isinstance(group.model, NeuronEquations)
        and any(word.search(text) for text in group.model.strings)
    ]
    for synapses in description.with_statements:
        strings = synapses.strings
        statements = [text for _, text in (*strings.on_pre, *strings.on_post)]
        if any(word.search(text) for text in (strings.model, *statements)):
            found.append(synapses.name)
    return found


def _strings_with_dt(description: NetworkDescription) -> str:
    """The first value set by an expression that depends on the time step; or empty."""
    for group in description.groups:
        if not isinstance(group, NeuronDescription):
            continue
        for made in group.assignments:
            if made.variable in group.parameters and _depends_on_dt(made.value):
                return f"{group.name}.{made.variable}"
    for synapses in description.with_statements:
        for assigned in synapses.assignments:
            if _depends_on_dt(assigned.value) or _depends_on_dt(assigned.where):
                return f"{synapses.name}.{assigned.variable}"
    for projection in description.projections:
        for name in ("weight", "delay", "dendritic"):
            if _depends_on_dt(getattr(projection, name)):
                return f"{projection.name}.{name}"
    return ""


def _depends_on_dt(value: object) -> bool:
    return isinstance(value, Expression) and re.search(r"\bdt\b", value.text) is not None
