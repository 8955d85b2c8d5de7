"""The schedule of a time step, as ``scheduling_summary`` of Brian 2."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from distsnn.describe.operations import SPIKE, all_slots
from distsnn.display.card import Card
from distsnn.errors import ParameterError
from distsnn.front.monitors.spike_monitor import EventMonitor
from distsnn.front.monitors.state_monitor import StateMonitor
from distsnn.front.names.quantity_values import dimension_of_unit
from distsnn.front.names.scope import find_network, last_run, quantities_expected
from distsnn.front.network.members import Members
from distsnn.front.neurons.group_base import SpikeSource
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.synapses.equation_synapses import EquationSynapses
from distsnn.quantities.quantity import Quantity


@dataclass(frozen=True)
class ScheduledPart:
    """A part of an object, which acts at one place of a time step.

    Attributes
    ----------
    when : str
        Its slot.
    order : int
        Parts of one slot act by order, then by name.
    name, owner : str
        What it does, and the object that it is a part of.
    dt : float, ms
        Time between two steps of its clock; a quantity in `distsnn.brian`.
    active : bool
    """

    when: str
    order: int
    name: str
    owner: str
    dt: Any
    active: bool = True


class SchedulingSummary:
    """The parts of a network's objects in the order in which they act; print it."""

    def __init__(self, entries: tuple[ScheduledPart, ...]) -> None:
        self._entries, self._with_units = entries, quantities_expected()

    @property
    def entries(self) -> tuple[ScheduledPart, ...]:
        """The parts in order."""
        if not self._with_units:
            return self._entries
        second = dimension_of_unit("second")
        return tuple(replace(x, dt=Quantity(x.dt * 1e-3, dim=second)) for x in self._entries)

    def __str__(self) -> str:
        head = ("object", "part of", "dt", "when", "order", "active")
        rows = [head] + [
            (x.name, x.owner, f"{x.dt:g} ms", x.when, str(x.order), "yes" if x.active else "no")
            for x in self._entries
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        rows = tuple((x.name, f"{x.when}, order {x.order}, {x.dt:g} ms") for x in self._entries)
        return Card("Scheduling summary", rows).html


def scheduling_of(members: Members, default: float, schedule: tuple[str, ...]) -> SchedulingSummary:
    """The summary of some objects; `default` (ms) is the time step of those without a clock."""
    slots = all_slots(schedule)
    parts = [x for group in members.groups for x in _of_group(group, default)]
    parts += [x for one in members.synapses for x in _of_synapses(one, default)]
    parts += [
        ScheduledPart(
            x.when, x.order, x.name, x.target.name, x.target.group.own_dt or default, x.active
        )
        for x in members.inputs
    ]
    parts += [_of_monitor(monitor, default) for monitor in members.monitors]
    parts += [
        ScheduledPart(x.when, x.order, x.name, "", x.period(default), x.active)
        for x in members.all_called
    ]
    return SchedulingSummary(
        tuple(sorted(parts, key=lambda x: (slots.index(x.when), x.order, x.name)))
    )


def _of_group(group: SpikeSource, default: float) -> Iterator[ScheduledPart]:
    name, dt, active = group.name, group.own_dt or default, group.active
    if not isinstance(group, NeuronGroup):
        yield ScheduledPart("thresholds", 0, name, "", dt, active)
        return
    yield ScheduledPart("groups", 0, f"{name}_stateupdater", name, dt, active)
    for event in group.described_events.values():
        check = f"{name}_{event.name}_thresholder"
        yield ScheduledPart(event.when, event.order, check, name, dt, active)
    if getattr(group.model, "reset", True):
        yield ScheduledPart("resets", 0, f"{name}_{SPIKE}_resetter", name, dt, active)
    yield from _of_operations(group, dt)


def _of_operations(one: Any, dt: float) -> Iterator[ScheduledPart]:
    for made in one.operations:
        called, every = made.name.replace("*", one.name), made.every or dt
        active = not one.rests(made.name)
        yield ScheduledPart(made.when, made.order, called, one.name, every, active)


def _of_synapses(synapses: Any, default: float) -> Iterator[ScheduledPart]:
    name, active = synapses.name, synapses.active
    if not isinstance(synapses, EquationSynapses):
        dt = synapses.source.group.own_dt or default
        yield ScheduledPart("synapses", -1, f"{name}_pre", name, dt, active)
        return
    dt = synapses.own_dt or default
    if synapses.parsed.clock_driven:
        yield ScheduledPart("groups", 0, f"{name}_stateupdater", name, dt, active)
    clocks = synapses.equation_values.model.pathway_clocks
    for pathway, (order, clock) in clocks.items():
        called, active = f"{name}_{pathway}", not synapses.rests(f"*_{pathway}")
        when = synapses.equation_values.model.strings.slot_of(pathway)
        yield ScheduledPart(when, order, called, name, float(clock.dt), active)
    yield from _of_operations(synapses, dt)


def _of_monitor(monitor: Any, default: float) -> ScheduledPart:
    source = monitor.source
    owner = source.group if hasattr(source, "group") else source
    when, order = "start", 0
    if isinstance(monitor, EventMonitor):
        when, order = monitor.slot
    elif isinstance(monitor, StateMonitor):
        when, order = monitor.when, monitor.order
    elif hasattr(monitor, "read_spikes"):
        when, order = "thresholds", 1
    dt = monitor._steps.interval or getattr(owner, "own_dt", None) or default
    return ScheduledPart(when, order, monitor.name, source.name, dt, monitor.active)


def scheduling_summary(net: Any = None) -> SchedulingSummary:
    """The parts of a network in the order in which they act within a time step.

    Parameters
    ----------
    net : Network, optional
        By default that of `run`.

    Raises
    ------
    ParameterError
        If there is none.
    """
    network = net
    if net is None:
        # As in Brian 2, what `run` on its own would run.
        network = find_network()
        network = network if network.parts else last_run()
    if not hasattr(network, "scheduling_summary"):
        raise ParameterError(
            "scheduling_summary",
            "there is nothing to run" if net is None else f"net={net!r}",
            "the summary is that of a network",
            "give one, or make objects before",
        )
    made: SchedulingSummary = network.scheduling_summary()
    return made
