"""Monitors of spikes and other events: what users look at after a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from distsnn.assemble.monitors.spike_probe import SPIKE_COLUMNS, SpikeProbe
from distsnn.describe.checks.constructors import known_names
from distsnn.describe.operations import SPIKE, place_in_slots
from distsnn.display.card import Card
from distsnn.display.cards import spike_monitor_card
from distsnn.errors import NotRecordedError, ParameterError
from distsnn.front.monitors.binned_rates import (
    bin_starts,
    smoothed,
    step_length,
    steps_of_bin,
    window_weights,
)
from distsnn.front.monitors.monitor import Recorded
from distsnn.front.monitors.monitor_checks import (
    attribute_error,
    checked_record,
    checked_variables,
    known_variables,
    probed_slice,
)
from distsnn.front.monitors.recorded_conditions import recorded_where
from distsnn.front.monitors.recorded_indices import PLACES
from distsnn.front.monitors.recorded_steps import add_part
from distsnn.front.monitors.spike_reading import SpikeReading
from distsnn.front.names.named import called
from distsnn.front.names.si_numbers import in_si, is_in_si
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.front.neurons.group_events import check_after, checked_order, checked_slot
from distsnn.front.variable_view import VariableView
from distsnn.interop.frames import GivesFrames
from distsnn.interop.recorded import RecordedSpikes
from distsnn.language.types import read_values
from distsnn.language.unit_names import stored_unit
from distsnn.record.spikes.measures import SpikeMeasures


@known_names
class EventMonitor(GivesFrames, SpikeReading):
    """Records the events of a group or slice; complete on every rank after each run.

    Parameters
    ----------
    source : group or slice
    event : str
        One of its `events`; ``"spike"`` is what `SpikeMonitor` records.
    variables : str or sequence of str, optional
        Variables of the neuron to record with each event, as they are when it has been looked for:
        of spikes, after the threshold and before events and reset. Each is an attribute,
        float64 (n,), in the order of `t`.
    record : bool
        Whether to record times and senders; False only counts (and records `variables`).
    when : str, optional
        Where in a step variables are read; see `StateMonitor`.
    order : int, optional
        Objects of one slot act by order, then by name.
    name : str, optional

    Raises
    ------
    ParameterError
        If there is no such event, or `variables` are asked of a source that has none.

    Examples
    --------
    >>> import distsnn as snn
    >>> G = snn.NeuronGroup(1, "dx/dt = 1/ms : 1", method="exact", events={"high": "x > 2.05"})
    >>> G.run_on_event("high", "x = 0").name
    'NeuronGroup_high_resetter'
    >>> events = snn.EventMonitor(G, "high", variables="x")
    >>> summary = snn.Network(G, events).run(5 * snn.ms)
    >>> events.t.round(6).tolist()
    [2.0, 4.1]
    """

    completed_when_read = True
    _count: Any = Recorded()
    _indices: Any = Recorded()
    _values: Any = Recorded()
    _begin: Any = Recorded()
    _end: Any = Recorded()

    INTERNAL = frozenset({"assign_where", "positions", "values_now", "version"})

    def __init__(
        self,
        source: SpikeSource | Subgroup,
        event: str,
        variables: Any = None,
        record: bool = True,
        when: str | None = None,
        order: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(source, name, event)
        where = self._called()
        #: Name of the event.
        self.event = event
        if when is None and order is not None:
            raise ParameterError(
                where, "order= without when=", "order is among the objects of a slot", "give both"
            )
        self._slot = None if when is None else checked_slot(where, when)
        self._order = checked_order(where, order)
        if variables is True:
            raise ParameterError(
                where, "variables=True", "variables is a name or a list of names", "name them"
            )
        #: Names of the variables recorded with each spike.
        self.record_variables = (
            checked_variables(where, () if variables is None else variables) or ()
        )
        if self.record_variables:
            checked_variables(
                where, self.record_variables, known_variables(probed_slice(where, source))
            )
        self.record = checked_record(where, record)
        self._count = np.zeros(len(self.source), dtype=np.int64)
        # Begin and end of the recording, ms.
        self._begin: float | None = None
        self._end = 0.0
        self._indices: list[np.ndarray] = []
        self._values: list[np.ndarray] = []

    def _computed(self) -> tuple[str, ...]:
        return self.record_variables

    def _card(self) -> Card:
        return spike_monitor_card(self)

    def describe_probe(self, index: int) -> SpikeProbe | None:
        """The probe of the neurons that spike, if it reads variables of them."""
        if not self.record_variables and self.event == SPIKE:
            return None
        names: tuple[str, ...] = ()
        if self.record_variables:
            known = probed_slice(self._called(), self.source).group.recordable()
            names = checked_variables(self._called(), self.record_variables, known) or ()
        when, place = self._moment()
        ends = self.source.start, self.source.stop
        return SpikeProbe(index, names, *ends, self.event, when, place)

    def _moment(self) -> tuple[int, tuple[int, int, str]]:
        """Point of a step at which events and variables are read; see `SpikeProbe`."""
        group = self.source.group
        event = group.described_events[self.event]
        slot, order = self.slot
        place = place_in_slots(slot, order, self._called())
        check_after(self._called(), event, place, called(group))
        return PLACES[slot], place

    @property
    def slot(self) -> tuple[str, int]:
        """The slot of a step in which events are read, and the order in it."""
        event = self.source.group.described_events[self.event]
        if self._slot is None:
            return event.when, event.order + 1
        return self._slot, self._order

    def read_spikes(self, step: np.ndarray, gid: np.ndarray) -> None:
        """Take spikes of all groups (steps int64 (n,), gids uint32 (n,))."""
        if self.event == SPIKE:
            local, index = self._local(gid)
            self._take(step[local], index)

    def _take(self, step: np.ndarray, index: np.ndarray) -> None:
        """Take events, in order: steps and members (int64 (n,))."""
        if index.size:
            self._count += np.bincount(index, minlength=self._count.size)
            if self.record:
                self._steps.add(step.copy())
                add_part(self._indices, index)

    def complete(self, first: int, end: int, samples: np.ndarray | None) -> None:
        """Take what was read with the spikes of a run; see `gather_samples`."""
        if self._begin is None:
            self._begin = self._steps.time_of(first)
        self._end = self._steps.time_of(end)
        if samples is None:
            return
        if self.event != SPIKE:
            step, index = samples[:, :SPIKE_COLUMNS].astype(np.int64).T
            self._take(step, index)
        if self.record_variables:
            add_part(self._values, samples[:, SPIKE_COLUMNS:])

    @property
    def settings(self) -> list[Any]:
        """Settings as plain values; a checkpoint fits monitors with equal settings."""
        source = self.source
        return [
            "spikes" if self.event == SPIKE else self.event,
            source.name,
            source.start,
            source.stop,
            self.record,
            *self.record_variables,
        ]

    def progress(self) -> dict[str, np.ndarray]:
        """Recorded data, for a checkpoint."""
        width = len(self.record_variables)
        return {
            "count": self._count,
            "period": np.array([self._begin or 0.0, self._end]),
            **self._steps.progress(),
            "index": np.concatenate([np.empty(0, np.int64), *self._indices]),
            "values": np.concatenate([np.empty((0, width)), *self._values]),
        }

    def go_on(self, progress: Mapping[str, np.ndarray]) -> None:
        """Take over what was recorded before a checkpoint."""
        self._count = progress["count"].copy()
        begin, self._end = progress["period"].tolist()
        self._begin = begin if self._end > begin else None
        self._steps.go_on(progress)
        self._indices = [progress["index"]]
        self._values = [progress["values"]] if self.record_variables else []

    @property
    def period(self) -> tuple[float, float]:
        """Begin and end of the time in which spikes were recorded, ms."""
        if self._trials:
            return self._trials[0].period
        return self._begin or 0.0, self._end

    @property
    def t(self) -> Any:
        """Time of each spike, float64 (n,), ms; ascending. A spike of step n has time n*dt."""
        self._require_record()
        return VariableView(self, "t")

    @property
    def i(self) -> Any:
        """Index of the sender of each spike within the group or slice, int64 (n,)."""
        self._require_record()
        return VariableView(self, "i")

    def values_now(self, variable: str) -> np.ndarray:
        """Recorded values of ``t``, ``i`` or a variable, one for each spike.

        ``count`` has one for each neuron.
        """
        if self._trials:
            parts = [one.values_now(variable) for one in self._trials]
            return np.stack(parts) if variable == "count" else np.concatenate(parts)
        if variable == "t":
            return self._steps.times
        if variable == "i":
            return np.concatenate([np.empty(0, np.int64), *self._indices])
        if variable == "count":
            return self._count.copy()
        at = self.record_variables.index(variable)
        values = np.concatenate([np.empty(0), *(part[:, at] for part in self._values)])
        kind = self.source.group.type_of(variable)
        return read_values(self._called(), variable, values, kind)

    def version(self, variable: str) -> object:
        """See `VariableView`."""
        if self._trials:
            return tuple(one.version(variable) for one in self._trials)
        return len(self._steps), len(self._values), self.num_events

    def positions(self, item: Any) -> Any:
        """Index of recorded values for `item`; expressions are over ``t``, ``i`` and variables."""
        if not isinstance(item, str):
            return item
        return self._selected(item)

    def assign_where(self, variable: str, item: Any, value: Any) -> None:  # noqa: ARG002 - of all that have views
        """Refuse to set what was recorded."""
        raise ParameterError(
            self._called(),
            f"{variable} was set",
            "what a monitor has recorded stays as it was",
            f"change a copy: {variable}[:]",
        )

    @property
    def it(self) -> tuple[Any, Any]:
        """`i` and `t`."""
        return self.i, self.t

    @property
    def count(self) -> Any:
        """Number of spikes of each neuron, int64 (N,)."""
        return VariableView(self, "count")

    @property
    def num_events(self) -> int:
        """Number of events, of all trials."""
        return int(self.values_now("count").sum())

    @property
    def trial(self) -> np.ndarray:
        """Index of the trial of each event, int64 (n,), ascending."""
        trials = self._of_trials("trial")
        return np.repeat(np.arange(len(trials)), [one.num_events for one in trials])

    @property
    def N(self) -> int:
        """Number of events."""
        return self.num_events

    def __len__(self) -> int:
        return self.num_events

    def __bool__(self) -> bool:
        return True

    def recorded(self) -> RecordedSpikes:
        """All recorded data as arrays, for `distsnn.interop`."""
        self._refuse_trials("recorded()")
        self._require_record()
        known = self.source.group.recordable()
        return RecordedSpikes(
            self.source.name,
            len(self.source),
            self.values_now("t"),
            self.values_now("i"),
            self.period,
            {name: self.values_now(name) for name in self.record_variables},
            {name: stored_unit(known[name]) for name in self.record_variables},
        )

    def measures(self, start: float | None = None, stop: float | None = None) -> SpikeMeasures:
        """Rates, intervals, CV, Fano factors, correlations and spectrum of what was recorded.

        Parameters
        ----------
        start, stop : float, optional, ms
            Window of time; all that was recorded by default.

        Returns
        -------
        SpikeMeasures
            The measures, computed when they are asked for.
        """
        return SpikeMeasures(self.recorded(), start, stop)

    def binned_rate(self, bin_size: float) -> tuple[np.ndarray, np.ndarray]:
        """The rate of each neuron in bins; what is behind the last whole bin is left out.

        Parameters
        ----------
        bin_size : float, ms
            A multiple of the time step.

        Returns
        -------
        float64 arrays (n,), ms, and (N, n), 1/ms
            The start of each bin, and the rates in it.

        Raises
        ------
        ParameterError
            If `bin_size` is no multiple, the time step has changed, or spikes are only counted.
        """
        self._refuse_trials("binned_rate()")
        self._require_record()
        where = self._called()
        dt = step_length(where, self._steps)
        steps = steps_of_bin(where, bin_size, dt)
        begin, end = (int(np.round(time / dt)) for time in self.period)
        n, index = (end - begin) // steps, self.values_now("i")
        of_bin = (np.round(self._steps.times / dt).astype(np.int64) - begin) // steps
        counts = np.zeros((len(self.source), n))
        within = of_bin < n
        np.add.at(counts, (index[within], of_bin[within]), 1.0)
        return bin_starts(np.array([begin * dt]), n, steps, dt), counts / (steps * dt)

    def smooth_rate(self, window: Any = "gaussian", width: float | None = None) -> np.ndarray:
        """The rate of each neuron averaged over a moving window, float64 (N, steps), 1/ms.

        Parameters
        ----------
        window, width
            See `PopulationRateMonitor.smooth_rate`.
        """
        where = self._called()
        dt = step_length(where, self._steps)
        weights = window_weights(where, window, width, dt or 1.0)
        return np.array([smoothed(rate, weights) for rate in self.binned_rate(dt)[1]])

    def event_trains(self) -> dict[int, np.ndarray]:
        """Times (float64, ms, ascending) of the events of each neuron, silent ones included."""
        return self.values("t")

    def values(self, var: str) -> dict[int, np.ndarray]:
        """Values of a recorded variable, or ``"t"``, at the spikes of each neuron in order."""
        if not isinstance(var, str) or var not in {"t", "i", *self.record_variables}:
            raise attribute_error(self, str(var))
        self._refuse_trials("values()")
        self._require_record()
        values, i = self.values_now(var), self.values_now("i")
        order = np.argsort(i, kind="stable")
        parts = np.split(values[order], np.cumsum(self._count)[:-1])
        return dict(enumerate(parts))

    def all_values(self) -> dict[str, dict[int, np.ndarray]]:
        """`values` of every recorded variable and of ``"t"``, by name."""
        return {name: self.values(name) for name in ("t", *self.record_variables)}

    def state_names(self) -> tuple[list[str], list[str], list[str]]:
        """Names of variables that can be set, of those that cannot, and of subexpressions."""
        recorded = ["i", "t"] if self.record else []
        return [], ["N", "count", *recorded, *self.record_variables], []

    @property
    def it_(self) -> tuple[Any, Any]:
        """`i`, and `t` in seconds."""
        return self.i, in_si(self, "t_")

    def __getattr__(self, variable: str) -> Any:
        if is_in_si(variable):
            return in_si(self, variable)
        if variable in {"t", "i", "it"}:
            # Python asks here, too, when reading these raised an AttributeError.
            self._require_record()
        if variable.startswith("_") or variable not in self.record_variables:
            raise attribute_error(self, variable)
        return VariableView(self, variable)

    def _selected(self, condition: str) -> np.ndarray:
        """Indices of the spikes for which a condition as a string holds."""
        units = {"t": "second", "i": "1", **self.source.group.recordable()}
        names = ["t", "i", *self.record_variables] if self.record else self.record_variables
        recorded = {name: self.values_now(name) for name in names}
        return recorded_where(self._called(), condition, recorded, units)

    def _require_record(self) -> None:
        if not self.record:
            raise NotRecordedError(
                self._called(),
                "times and senders of spikes are not recorded",
                "record=False only counts",
                "use record=True",
            )


@known_names
class SpikeMonitor(EventMonitor):
    """Records the spikes of a group or slice; complete on every rank after each run.

    In a network with trials it has the spikes of one trial after the other, with `trial` beside `i`
    and `t`, and ``monitor[b]`` is the monitor of trial b.

    Parameters
    ----------
    source : group or slice
    variables, record, when, order, name
        See `EventMonitor`.

    Examples
    --------
    >>> import distsnn as snn
    >>> cells = snn.NeuronGroup(2, snn.LIF(I_e=400 * snn.pA))
    >>> spikes = snn.SpikeMonitor(cells, variables="V_m")
    >>> summary = snn.Network(cells, spikes).run(100 * snn.ms)
    >>> spikes.count.tolist()
    [3, 3]
    >>> bool((spikes.V_m >= -55 * snn.mV).all())
    True
    """

    def __init__(
        self,
        source: SpikeSource | Subgroup,
        variables: Any = None,
        record: bool = True,
        when: str | None = None,
        order: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(source, SPIKE, variables, record, when, order, name)

    @property
    def num_spikes(self) -> int:
        """Number of spikes."""
        return self.num_events

    def spike_trains(self) -> dict[int, np.ndarray]:
        """Spike times (float64, ms, ascending) of each neuron, silent ones included."""
        return self.event_trains()
