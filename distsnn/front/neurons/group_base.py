"""The base of groups of neurons and of spike sources: size, name, slices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from distsnn.describe.checks.settable import Given, Settable, refuse_attribute, settable
from distsnn.describe.groups import SourceDescription
from distsnn.describe.operations import SPIKE, Event, Operation
from distsnn.describe.values.by_trial import ByTrial
from distsnn.describe.values.given import whole_number
from distsnn.display.card import Card
from distsnn.display.cards import shown_as, slice_card, spike_source_card
from distsnn.errors import ParameterError
from distsnn.front.names.exported_states import StatesExport
from distsnn.front.names.named import called, checked_name
from distsnn.front.names.scope import Clock, defaultclock, next_creation_index, own_clock
from distsnn.front.names.si_numbers import from_si, in_si, is_in_si
from distsnn.front.names.slice_bounds import members_for, slice_bounds
from distsnn.front.names.slice_expressions import of_whole_group
from distsnn.front.neurons.group_events import (
    at_event,
    checked_order,
    rescheduled,
    spikes_of,
    unknown_event,
)
from distsnn.front.neurons.present_spikes import WithSpikes
from distsnn.front.neurons.regular_operations import RegularOperation, checked_operation
from distsnn.front.switched import Switched
from distsnn.front.variable_view import MemberIndices, VariableView
from distsnn.language.types import FLOAT

# Neurons of a network are numbered in 32 bits.
_MOST_NEURONS = 2**32 - 1
# Units of attributes that are no variables.
_UNITS = {
    **dict.fromkeys(("t", "dt", "lastspike", "times", "period", "spike_time"), "second"),
    "rates": "hertz",
}


def _short(value: object) -> str:
    """A value for a message, a long whole number by its size."""
    if isinstance(value, int) and value.bit_length() > 128:
        return f"a number of {value.bit_length():,} bits"
    return repr(value)


class SpikeSource(StatesExport, WithSpikes, Switched):
    """A group of neurons or of sources. Slices of it are `Subgroup` objects.

    Parameters
    ----------
    N : int
        Number of neurons.
    name : str, optional
        Name within the network; random draws and recordings are keyed by it. Without one, the
        network gives a name made of the class and a number.
    dt : float, ms, optional
        Time step of the group, if it is another than that of the network.
    clock : Clock, optional
        What has such a time step, in place of `dt`.
    order : int
        What sorts the group's update, threshold and reset within their slots, before its name.

    Raises
    ------
    ParameterError
        If `N` is not a positive integer or `name` no identifier.
    """

    INTERNAL = frozenset(
        {
            "assign",
            "assign_where",
            "belong_to",
            "describe",
            "evaluate",
            "own_dt",
            "own_order",
            "uses_clock",
            "positions",
            "restore",
            "settings",
            "type_of",
            "values_now",
            "version",
        }
    )

    def __init__(
        self,
        N: int,
        name: str | None,
        dt: float | None = None,
        clock: Clock | None = None,
        order: int = 0,
    ) -> None:
        where = name if isinstance(name, str) and name else type(self).__name__
        size = whole_number(N, 1)
        if size is None or size > _MOST_NEURONS:
            most = "" if size is None else f" and at most {_MOST_NEURONS:,}"
            raise ParameterError(
                where, f"N={_short(N)}", f"N is a whole number >= 1{most}", "correct N"
            )
        self.creation_index, self.N = next_creation_index(), size
        self._name = checked_name(where, name)
        self._clock = own_clock(where, dt, clock)
        self.own_order = checked_order(where, order)

    # Something happens in every step of its clock.
    uses_clock = True

    @property
    def clock(self) -> Clock:
        """The clock of the group."""
        return self._clock or defaultclock

    @property
    def own_dt(self) -> float | None:
        """Time step (ms) of its own clock, None for that of all objects without one."""
        return None if self._clock is None else float(self._clock.dt)

    def state_names(self) -> tuple[list[str], list[str], list[str]]:
        """Names of variables that can be set, of those that cannot, and of subexpressions."""
        return list(self.variables()), ["N"], []

    def unit_of(self, name: str) -> str:
        """Unit of an attribute, as equations say it; ``1`` for none."""
        return self.recordable().get(name) or _UNITS.get(name, "1")

    def _from_si(self, name: str, value: Any) -> Any:
        return from_si(self.unit_of(name), value)

    def __getattr__(self, name: str) -> Any:
        if is_in_si(name):
            return in_si(self, name)
        refuse_attribute(type(self).__name__, name)
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __len__(self) -> int:
        return self.N

    def _card(self) -> Card:
        return spike_source_card(self)

    def __getitem__(self, item: slice | int | list[int] | np.ndarray) -> Subgroup:
        return Subgroup(self, *slice_bounds(self, item))

    @property
    def whole(self) -> Subgroup:
        """The slice of all neurons."""
        return Subgroup(self, 0, self.N)

    @property
    def indices(self) -> Any:
        """Indices of neurons: ``G.indices['v > 1']``; see `MemberIndices`."""
        return MemberIndices(self)

    def variables(self) -> dict[str, str]:
        """Names of all variables that can be read and set, and their units."""
        return {}

    def recordable(self) -> dict[str, str]:
        """Names of all variables that monitors record, and their units."""
        return self.variables()

    def assign(self, variable: str, start: int, stop: int, value: Any) -> None:  # noqa: ARG002 - for groups that have none
        """Set `variable` of the members ``start <= index < stop``."""
        raise AttributeError(f"{self._called()} has no variable {variable!r}")

    def assign_where(
        self, variable: str, item: Any, value: Any, by_expression: bool = False
    ) -> None:
        """Set `variable` of some members."""
        del item, value, by_expression
        raise AttributeError(f"{self._called()} has no variable {variable!r}")

    def values_now(self, variable: str) -> np.ndarray:
        """Values of a variable now; see `VariableView`."""
        raise AttributeError(f"{self._called()} has no variable {variable!r}")

    def type_of(self, variable: str) -> str:  # noqa: ARG002 - for groups that have none
        """Type of a variable: ``float``, ``integer`` or ``boolean``."""
        return FLOAT

    def version(self, variable: str) -> object:  # noqa: ARG002 - for groups that have none
        """See `VariableView`."""
        return None

    def evaluate(self, text: str) -> np.ndarray:
        """Values (float64 (N,)) of an expression now."""
        where = self._called()
        raise AttributeError(f"{where} has no variables that {text!r} could depend on")

    def positions(self, item: Any) -> Any:
        """Index into arrays of all neurons for an index, a slice of the group or a condition."""
        if isinstance(item, str):
            return members_for(self._called(), item, self.evaluate(item))
        return within(self.whole, item)

    def run_regularly(
        self,
        code: str,
        dt: float | None = None,
        clock: Any = None,
        when: str = "start",
        order: int = 0,
        name: str | None = None,
    ) -> RegularOperation:
        """Run statements for all neurons in every step, or every `dt`, as in Brian 2.

        Parameters
        ----------
        code : str
            Statements over variables of the group, such as ``'v += 0.1*rand()'``. They do not set
            what is marked ``(unless refractory)`` in neurons that are refractory.
        dt : float, ms, optional
            Time between two runs, the first at 0; a multiple of the time step.
        clock : Clock, optional
            What has such a `dt`.
        when : str
            A slot of a step: ``"start"``, ``"before_thresholds"``, ``"end"``, ...
        order : int
            Objects of one slot act by order, then by name.
        name : str, optional

        Returns
        -------
        RegularOperation

        Raises
        ------
        ParameterError
            If the group has no equations, or an argument is not allowed.
        EquationError, UnitError
            If a statement cannot be understood.
        """
        return self.whole.run_regularly(code, dt, clock, when, order, name)

    @property
    def described_events(self) -> Mapping[str, Event]:
        """The events of its members, by name."""
        return {SPIKE: replace(spikes_of(""), order=self.own_order)}

    @property
    def events(self) -> dict[str, str]:
        """Condition of each event, by name."""
        return {name: one.condition for name, one in self.described_events.items()}

    def run_on_event(
        self, event: str, code: str, when: str = "after_resets", order: int | None = None
    ) -> RegularOperation:
        """Run statements for the neurons that have an event, as in Brian 2.

        Parameters
        ----------
        event : str
            One of `events`.
        code : str
            Statements, as in a reset.
        when : str
            A slot of a step, after the check of the event.
        order : int, optional
            Objects of one slot act by order, then by name; by default that of the group.

        Raises
        ------
        ParameterError
            If there is no such event, or it has statements already.
        """
        where = self._called()
        if event not in self.described_events:
            unknown_event(where, event, self.described_events)
        taken = {one.event for one in self.operations}
        model = getattr(self, "model", None)
        if event == SPIKE and getattr(model, "reset", None):
            taken.add(SPIKE)
        if event in taken:
            raise ParameterError(
                where,
                f"run_on_event({event!r}) was called, and the event has statements already",
                "an event has one set of statements",
                "write all of them together",
            )
        order = self.own_order if order is None else order
        made = at_event(where, self.N, event, code, when, order)
        self.add_operation(made)
        return RegularOperation(self, made, where)

    def set_event_schedule(
        self, event: str, when: str = "after_thresholds", order: int | None = None
    ) -> None:
        """Look for an event in another slot of a step.

        Parameters
        ----------
        event : str
            One of `events`; spikes are looked for in the slot ``"thresholds"``.
        when : str
            Slot of a step, by default ``"after_thresholds"``.
        order : int, optional
            Objects of one slot act by order, then by name; by default that of the group.
        """
        order = self.own_order if order is None else order
        made = rescheduled(self._called(), self.described_events, event, when, order)
        if event != SPIKE:
            self.add_operation(made)
        elif made.when != "thresholds" or made.order != self.own_order:
            raise ParameterError(
                self._called(),
                f"set_event_schedule('spike', {when!r}, {order!r})",
                "spikes are looked for in the slot 'thresholds', with the order of their group",
                "define another event",
            )

    def add_operation(self, operation: Operation | Event) -> None:
        """Run an operation from the first step on, or look for an event at another time."""
        raise ParameterError(
            self._called(),
            "run_regularly() or run_on_event() was called",
            "statements run for groups with equations",
            f"write the model as equations, to run {getattr(operation, 'statements', '')!r}",
        )

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Statements that run at regular times."""
        return ()

    @property
    def parts(self) -> tuple[str, ...]:
        """The statements that run at regular times or at events."""
        return tuple(one.name for one in self.operations)

    def describe(self, dt: float) -> SourceDescription:
        """The description of this group in a network with time step `dt` (ms)."""
        raise NotImplementedError

    def settings(self) -> dict[str, Any]:
        """Values to set between runs; see `distsnn.front.network.saved.settings_between_runs`."""
        raise NotImplementedError

    def restore(self, settings: Mapping[str, Any]) -> None:
        """Take back what `settings` gave."""
        raise NotImplementedError


@shown_as(slice_card)
class Subgroup(StatesExport, WithSpikes, Settable):
    """The neurons ``start <= index < stop`` of a group; its indices count from 0.

    Made by slicing a group. Parameters and states are attributes, as for the whole group; ``i``
    and ``N`` in expressions are those of the slice.
    """

    INTERNAL = frozenset({"assign_where", "positions", "values_now", "version"})

    def __init__(self, group: SpikeSource, start: int, stop: int) -> None:
        self.group = group
        self.start = start
        self.stop = stop

    def __len__(self) -> int:
        return self.stop - self.start

    @property
    def source(self) -> SpikeSource:
        """The group."""
        return self.group

    @property
    def indices(self) -> MemberIndices:
        """Indices of neurons within the slice."""
        return MemberIndices(self)

    @property
    def N(self) -> int:
        """Number of neurons."""
        return len(self)

    @property
    def name(self) -> str:
        """Name of the slice, for messages."""
        name = called(self.group)
        whole = self.start == 0 and self.stop == self.group.N
        return name if whole else f"{name}[{self.start}:{self.stop}]"

    def __getitem__(self, item: slice | int | list[int] | np.ndarray) -> Subgroup:
        start, stop = slice_bounds(self, item)
        return Subgroup(self.group, self.start + start, self.start + stop)

    def __getattr__(self, variable: str) -> Any:
        if variable.startswith("_"):
            raise AttributeError(variable)
        if is_in_si(variable):
            return in_si(self, variable)
        whole = getattr(self.group, variable)
        if isinstance(whole, np.ndarray) and variable in self.group.variables():
            return whole[self.start : self.stop] if whole.ndim else whole
        return VariableView(self, variable) if isinstance(whole, VariableView | ByTrial) else whole

    def state_names(self) -> tuple[list[str], list[str], list[str]]:
        """Names of variables that can be set, of those that cannot, and of subexpressions."""
        return self.group.state_names()

    def unit_of(self, name: str) -> str:
        """Unit of an attribute, as equations say it; ``1`` for none."""
        return self.group.unit_of(name)

    def _from_si(self, name: str, value: Any) -> Any:
        return from_si(self.unit_of(name), value)

    def values_now(self, variable: str) -> np.ndarray:
        """Values of a variable of these neurons now; see `VariableView`."""
        values: np.ndarray = self.group.values_now(variable)
        own = values[..., self.start : self.stop] if np.ndim(values) else values
        return own - self.start if variable == "i" else own

    def version(self, variable: str) -> object:
        """See `VariableView`."""
        return self.group.version(variable)

    def run_regularly(
        self,
        code: str,
        dt: float | None = None,
        clock: Any = None,
        when: str = "start",
        order: int = 0,
        name: str | None = None,
    ) -> RegularOperation:
        """Run statements for the neurons of the slice; see `SpikeSource.run_regularly`."""
        where, known = self._called(), sum(not one.event for one in self.group.operations)
        part = self.start, self.stop
        made = checked_operation(where, known, part, code, dt, clock, when, order, name)
        self.group.add_operation(made)
        return RegularOperation(self, made, where)

    if TYPE_CHECKING:

        def __setattr__(self, name: str, value: Given) -> None: ...

    def _settable_names(self) -> dict[str, str]:
        variables = self.group.variables()
        return {name: when for name, when in settable(self.group).items() if name in variables}

    def _called(self) -> str:
        return called(self.group)

    def _set(self, variable: str, value: Any) -> None:
        self.group.assign(variable, self.start, self.stop, self._of_group(variable, value))

    def assign_where(self, variable: str, item: Any, value: Any) -> None:
        """Set `variable` of the neurons that an index, slice, mask or condition selects."""
        by_expression = isinstance(item, str)
        members = np.arange(self.start, self.stop)[self.positions(item)]
        self.group.assign_where(variable, members, self._of_group(variable, value), by_expression)

    def positions(self, item: Any) -> Any:
        """Index into arrays of the neurons of the slice; see `SpikeSource.positions`."""
        if not isinstance(item, str):
            return within(self, item)
        whole = self.group.evaluate(self._of_group("condition", item))
        return members_for(self._called(), item, whole[..., self.start : self.stop])

    def _of_group(self, variable: str, value: Any) -> Any:
        """`value`; of an expression, the same over indices of the whole group."""
        return of_whole_group(self.name, (variable, value), self.start, len(self))


def within(of: Subgroup, item: Any) -> Any:
    """`item`; of a group or slice that lies within `of`, its indices there.

    Raises
    ------
    ParameterError
        If it is of another group, or has neurons outside.
    """
    part = item.whole if isinstance(item, SpikeSource) else item
    if not isinstance(part, Subgroup):
        return item
    if part.group is not of.group or part.start < of.start or part.stop > of.stop:
        raise ParameterError(
            of.name,
            f"{part.name} stands as an index",
            f"an index is a part of {of.name}",
            "take a slice of this group",
        )
    return slice(part.start - of.start, part.stop - of.start)
