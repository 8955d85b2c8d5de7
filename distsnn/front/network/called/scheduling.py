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
from distsnn.front.synapses.synapses_base import Synapses
from distsnn.quantities.quantity import Quantity

_HEAD = ("object", "part of", "Clock dt", "when", "order", "active")


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
        What it does, and the object that it is a part of, or it itself.
    dt : float, ms
        Time between two steps of its clock; a quantity in `distsnn.brian`.
    active : bool
    kind, owner_kind : str
        What both are.
    """

    when: str
    order: int
    name: str
    owner: str
    dt: Any
    active: bool = True
    kind: str = ""
    owner_kind: str = ""


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
        shortest = min((x.dt for x in self._entries), default=0.0)
        rows = []
        for shown, x in zip(self.entries, self._entries, strict=True):
            steps = round(x.dt / shortest)
            dt = str(shown.dt) if self._with_units else f"{x.dt:g} ms"
            often = "every step" if steps == 1 else f"every {steps} steps"
            owner = f"{x.owner} ({x.owner_kind})"
            active = "yes" if x.active else "no"
            rows.append(
                (f"{x.name} ({x.kind})", owner, f"{dt} ({often})", x.when, str(x.order), active)
            )
        widths = [max(map(len, column)) for column in zip(_HEAD, *rows, strict=True)]
        sides = (str.ljust, str.ljust, str.ljust, str.ljust, str.rjust, str.center)
        lines = [" | ".join(map(str.center, _HEAD, widths)), "-+-".join("-" * w for w in widths)]
        for row in rows:
            cells = zip(sides, row, widths, strict=True)
            lines.append(" | ".join(side(cell, width) for side, cell, width in cells))
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
    parts += [_of_input(one, default) for one in members.inputs]
    parts += [_of_monitor(monitor, default) for monitor in members.monitors]
    parts += [_of_called(one, default) for one in members.all_called]
    return SchedulingSummary(
        tuple(sorted(parts, key=lambda x: (slots.index(x.when), x.order, x.name)))
    )


def _name_of(one: Any) -> str:
    """The name of an object; in Brian 2's dialect the first one that was given none has no number.

    Asking gives the object a name, if it has none.
    """
    name = str(one.name)
    numbered = getattr(one, "_numbered", None) == name
    return name.removesuffix("_0") if numbered and quantities_expected() else name


def _kind_of(one: Any) -> str:
    """The kind of an object, for people."""
    return "Synapses" if isinstance(one, Synapses) else type(one).__name__


def _of_group(group: SpikeSource, default: float) -> Iterator[ScheduledPart]:
    name, dt, active = _name_of(group), group.own_dt or default, group.active
    kind = _kind_of(group)
    if not isinstance(group, NeuronGroup):
        yield ScheduledPart("thresholds", group.own_order, name, name, dt, active, kind, kind)
        return
    updater = f"{name}_stateupdater"
    order = group.own_order
    yield ScheduledPart("groups", order, updater, name, dt, active, "StateUpdater", kind)
    for event in group.described_events.values():
        check, when = f"{name}_{event.name}_thresholder", event.when
        yield ScheduledPart(when, event.order, check, name, dt, active, "Thresholder", kind)
    if getattr(group.model, "reset", True):
        resetter = f"{name}_{SPIKE}_resetter"
        yield ScheduledPart("resets", order, resetter, name, dt, active, "Resetter", kind)
    yield from _of_operations(group, dt)


def _of_operations(one: Any, dt: float) -> Iterator[ScheduledPart]:
    name, kinds = _name_of(one), ("CodeRunner", _kind_of(one))
    for made in one.operations:
        called, every = made.name.replace("*", name), made.every or dt
        active = not one.rests(made.name)
        yield ScheduledPart(made.when, made.order, called, name, every, active, *kinds)


def _of_synapses(synapses: Any, default: float) -> Iterator[ScheduledPart]:
    name, active, kind = _name_of(synapses), synapses.active, _kind_of(synapses)
    pathway_kinds = "SynapticPathway", kind
    if not isinstance(synapses, EquationSynapses):
        dt = synapses.source.group.own_dt or default
        yield ScheduledPart("synapses", -1, f"{name}_pre", name, dt, active, *pathway_kinds)
        return
    dt = synapses.own_dt or default
    if synapses.parsed.clock_driven:
        updater = active, "StateUpdater", kind
        order = synapses.own_order
        yield ScheduledPart("groups", order, f"{name}_stateupdater", name, dt, *updater)
    clocks = synapses.equation_values.model.pathway_clocks
    for pathway, (order, clock) in clocks.items():
        called, active = f"{name}_{pathway}", not synapses.rests(f"*_{pathway}")
        when = synapses.equation_values.model.strings.slot_of(pathway)
        yield ScheduledPart(when, order, called, name, float(clock.dt), active, *pathway_kinds)
    yield from _of_operations(synapses, dt)


def _of_input(one: Any, default: float) -> ScheduledPart:
    dt, kind = one.target.group.own_dt or default, _kind_of(one)
    return ScheduledPart(
        one.when, one.order, one.name, _name_of(one.target.group), dt, one.active, kind,
        _kind_of(one.target.group),
    )  # fmt: skip


def _of_called(one: Any, default: float) -> ScheduledPart:
    name, kind = _name_of(one), _kind_of(one)
    return ScheduledPart(
        one.when, one.order, name, name, one.period(default), one.active, kind, kind
    )


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
    name, kind = _name_of(monitor), _kind_of(monitor)
    return ScheduledPart(when, order, name, name, dt, monitor.active, kind, kind)


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
