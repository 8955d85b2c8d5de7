"""Monitors of states: variables over time."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from distsnn.describe.checks.constructors import known_names
from distsnn.describe.checks.settable import Settable
from distsnn.describe.operations import place_in_slots
from distsnn.describe.recording_file import RecordingFile
from distsnn.errors import ParameterError, WrongIndexError
from distsnn.front.monitors.monitor import Monitor, Recorded
from distsnn.front.monitors.monitor_checks import attribute_error, checked_variables, few
from distsnn.front.monitors.recorded_indices import (
    BEFORE_THRESHOLDS,
    PLACES,
    Source,
    refuse_thresholds,
)
from distsnn.front.monitors.recorded_steps import add_part
from distsnn.front.monitors.state_sources import States, state_source
from distsnn.front.names.exported_states import StatesExport
from distsnn.front.names.scope import Clock, EventClock, clock_of_monitor
from distsnn.front.names.si_numbers import in_si, is_in_si
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.front.neurons.group_events import checked_order, checked_slot
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.front.synapses.equation_synapses import EquationSynapses
from distsnn.interop.frames import GivesFrames
from distsnn.interop.recorded import RecordedTraces
from distsnn.language.types import read_values
from distsnn.record.traces.report_layout import Report


@known_names
class StateMonitor(GivesFrames, StatesExport, Monitor):
    """Records variables of a group or slice over time; complete on every rank after each run.

    Each recorded variable is an attribute, a float64 array (recorded neurons, times) in the unit
    of the variable. ``monitor[i]`` is what was recorded of neuron `i` of the source (not of the
    i-th recorded one): ``monitor[3].V_m`` has the shape (times,), ``monitor[[3, 5]].V_m``
    (2, times).

    Parameters
    ----------
    source : NeuronGroup, slice, or Synapses
        Of synapses, the numbers in the order of creation take the place of indices; variables
        marked ``(event-driven)`` are read as they were at the last event. Of synapses with a
        rule (``stdp=``), the weight ``w`` can be recorded; on several ranks spikes are exchanged
        before each time of it.
    variables : str, sequence of str, or True
        Names of variables: states, parameters and subexpressions; True for all, with ``lastspike``
        and ``not_refractory`` where a model of equations has ``refractory=``. Of synapses with
        equations also ``x_pre``, ``x_post`` and, for the target's, ``x``.
    record : True, int, sequence of int, slice, or slice of the group
        Neurons to record, by index within `source`; True for all, False for none.
    dt : float, optional, ms
        Time between recorded values, a multiple of the network's; values are recorded at the
        multiples of it. By default in every step.
    when : str
        Slot of a step: ``"start"`` (values at t_n), ``"thresholds"`` (after the update and
        threshold of step n, before events and reset), ``"before_resets"``, ``"end"`` (after the
        reset), or any other. The time is t_n in all of them.
    clock : Clock or EventClock, optional
        What has such a `dt`, or the times at which values are recorded.
    order : int
        Objects of one slot act by order, then by name.
    name : str, optional
    to : path or RecordingFile, optional
        Write the values to this file while the network runs, as frame reports of SONATA, instead
        of keeping them: memory does not grow with time. SONATA wants single precision, to which
        values are rounded. The file holds each recorded neuron once, in ascending order; `t` and
        the variables read it, when asked, after a run. Runs that follow one another continue it.

    Raises
    ------
    ParameterError
        If the source has no variables, an index lies outside it, or `when` is none of these.

    Notes
    -----
    As Brian 2's ``StateMonitor``.

    Examples
    --------
    >>> import distsnn as snn
    >>> cells = snn.NeuronGroup(2, snn.LIF(I_e=100 * snn.pA))
    >>> trace = snn.StateMonitor(cells, "V_m", record=[1])
    >>> summary = snn.Network(cells, trace).run(100 * snn.ms)
    >>> trace.V_m.shape
    (1, 1000)
    >>> float(trace[1].V_m[0])
    -70.0
    """

    completed_when_read = True
    _values: Any = Recorded()

    INTERNAL = frozenset({"records_all"})

    def __init__(  # noqa: PLR0913 - Brian's
        self,
        source: SpikeSource | Subgroup | EquationSynapses | ReadySynapses,
        variables: Any,
        record: Any,
        dt: float | None = None,
        when: str = "start",
        name: str | None = None,
        to: str | os.PathLike[str] | RecordingFile | None = None,
        *,
        clock: Clock | EventClock | None = None,
        order: int = 0,
    ) -> None:
        where = name if isinstance(name, str) and name else "StateMonitor"
        own = clock_of_monitor(where, dt, clock)
        if isinstance(own, EventClock) and to is not None:
            raise ParameterError(
                where, "to= and an EventClock", "a file has values at regular times",
                "give dt=, or leave to= out",
            )  # fmt: skip
        self.order = checked_order(where, order)
        self._states = state_source(where, source)
        super().__init__("StateMonitor", self._states.source, name, own, to)
        self._asked = checked_variables(where, variables, self._states.fixed)
        # How many synapses there are may not be known yet.
        self._record = None if record is True else self._states.recorded(where, record)
        self.when = checked_slot(where, when)
        self._values: list[np.ndarray] = []

    def _computed(self) -> tuple[str, ...]:
        return self.record_variables

    @property
    def record(self) -> np.ndarray:
        """Indices of the recorded neurons (or synapses) within the source, int64 (n,)."""
        if self._record is None:
            return np.arange(len(self.source), dtype=np.int64)
        return self._record

    @property
    def records_all(self) -> bool:
        """Whether all of the source is recorded, however many they will be."""
        return self._record is None

    @property
    def record_variables(self) -> tuple[str, ...]:
        """Names of the recorded variables."""
        if self._asked is None:
            return self._states.variables
        return self._asked

    def describe_probe(self, index: int) -> States:
        """The probe of the monitor; `index` is that of the source's group, or of the synapses."""
        states = self._states
        known = (*states.variables, *states.others)
        self._asked = checked_variables(self._called(), self.record_variables, known) or ()
        place = place_in_slots(self.when, self.order, self._name or "")
        times = self._steps.every, PLACES[self.when], place
        if self.when in BEFORE_THRESHOLDS:
            refuse_thresholds(self._called(), self._asked, self.when)
        read = states.indices(self._called(), self._read)
        return states.probe(index, self._asked, read, times)

    @property
    def _read(self) -> np.ndarray:
        """Indices of what is read, in its order (int64 (n,)): in files each once, by neuron."""
        return self.record if self.to is None else self._states.sorted(self.record)

    def describe_report(self) -> Report:
        """The contents of the file."""
        return self._states.report(self.record_variables, self._read, self._steps.every)

    def complete(self, first: int, end: int, samples: np.ndarray | None) -> None:
        """Take the samples of the steps ``first <= step < end``; see `gather_samples`."""
        if self.to is not None:
            return
        assert samples is not None
        added = self._steps.add_multiples(first, end)
        add_part(self._values, samples if added.all() else samples[added])

    def record_single_timestep(self) -> None:
        """Record the values as they are now; as in Brian 2. Every rank must call this.

        Raises
        ------
        ParameterError
            If the network has not run, or values go to a file.
        """
        self._refuse_trials("record_single_timestep()")
        of = self.source.group if isinstance(self.source, Subgroup) else self.source
        owner = of._owner
        if owner is None or not owner.built or self.to is not None:
            raise ParameterError(
                self._called(),
                "record_single_timestep() was called before the first run"
                if self.to is None
                else "record_single_timestep() was called, and values go to a file",
                "a network that has run has values, and files have those of runs",
                "run it first" if self.to is None else "leave out to=",
            )
        shape = (self.n_indices,)
        now = [
            np.broadcast_to(values if values.ndim == 0 else values[self.record], shape)
            for values in (
                np.asarray(getattr(self.source, name), dtype=np.float64)
                for name in self.record_variables
            )
        ]
        self._steps.add(np.array([owner.step], dtype=np.int64))
        self._values.append(np.stack(now)[None])

    @property
    def settings(self) -> list[Any]:
        """Settings as plain values; a checkpoint fits monitors with equal settings."""
        record = hashlib.sha256(np.ascontiguousarray(self.record).tobytes()).hexdigest()
        names = self.record_variables
        kept = "memory" if self.to is None else "file"
        when = [self._steps.every, self.when, *self._steps.times_given]
        return ["states", kept, self.source.name, record, *when, *names]

    def progress(self) -> dict[str, np.ndarray]:
        """Recorded data, for a checkpoint."""
        found = super().progress()
        if self.recording is None:
            shape = (0, len(self.record_variables), self.n_indices)
            found["values"] = np.concatenate([np.empty(shape), *self._values])
        return found

    def go_on(self, progress: Mapping[str, np.ndarray]) -> None:
        """Take over what was recorded before a checkpoint."""
        super().go_on(progress)
        if "values" in progress:
            self._values = [progress["values"]]

    def recorded(self) -> RecordedTraces:
        """All recorded data as arrays, for `distsnn.interop`."""
        self._refuse_trials("recorded()")
        names = self.record_variables
        values = {name: getattr(self, name).T for name in names}
        units = dict(self.describe_report().variables)
        return RecordedTraces(self.source.name, self.t, self.record, values, units)

    @property
    def N(self) -> int:
        """Number of times."""
        return int(self.t.size)

    @property
    def n_indices(self) -> int:
        """Number of recorded neurons."""
        return int(self.record.size)

    def __len__(self) -> int:
        return self.N

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, item: Any) -> Any:
        """The recorded values of neurons; in a network with trials the monitor of a trial."""
        if self._trials:
            return self._trials[item]
        return StateMonitorView(self, self._columns(item))

    def state_names(self) -> tuple[list[str], list[str], list[str]]:
        """Names of variables that can be set, of those that cannot, and of subexpressions."""
        return [], ["N", "t", *self.record_variables], []

    def get_states(self, *values: Any, **given: Any) -> Any:
        """Values of variables; as in Brian 2, of recorded ones (times, neurons)."""
        found = StatesExport.get_states(self, *values, **given)
        if isinstance(found, dict):
            found = {n: x.T if n in self.record_variables else x for n, x in found.items()}
        return found

    def unit_of(self, name: str) -> str:
        """Unit of what is recorded, as equations say it; ``1`` for none."""
        if name == "t":
            return "second"
        if isinstance(self.source, ReadySynapses):
            return self.source.receptor.weight_unit
        return self.source.unit_of(name)

    def __getattr__(self, variable: str) -> Any:
        if is_in_si(variable):
            return in_si(self, variable)
        if variable.startswith("_") or variable not in self.record_variables:
            raise attribute_error(self, variable)
        if self._trials:
            return np.stack([getattr(one, variable) for one in self._trials])
        at = self.record_variables.index(variable)
        if self.recording is not None:
            order = np.argsort(self._read, kind="stable")
            columns = order[np.searchsorted(self._read, self.record, sorter=order)]
            values = self.recording.read().values(variable)[:, columns].T.astype(np.float64)
        elif not self._values:
            values = np.empty((self.n_indices, 0))
        else:
            values = np.concatenate([part[:, at].T for part in self._values], axis=1)
        kind = self._states.type_of(variable)
        return read_values(self._called(), variable, values, kind)

    def _columns(self, item: Any) -> Any:
        if isinstance(item, int | np.integer) and not isinstance(item, bool):
            return self._column(int(item))
        wanted = self._states.indices(self._called(), item)
        return np.array([self._column(index) for index in wanted.tolist()], dtype=np.int64)

    def _column(self, index: int) -> int:
        found = np.flatnonzero(self.record == index)
        if found.size == 0:
            raise WrongIndexError(
                self._name or "StateMonitor",
                f"neuron {index} is not recorded",
                f"recorded are {few(self.record)}",
                "add it to record=",
                index=index,
            )
        return int(found[0])


class StateMonitorView(Settable):
    """Recorded values of some neurons of a `StateMonitor`; made by ``monitor[index]``."""

    def __init__(self, monitor: StateMonitor, columns: Any) -> None:
        self._monitor = monitor
        self._columns = columns

    @property
    def t(self) -> np.ndarray:
        """Times of the recorded values, float64 (times,), ms."""
        return self._monitor.t

    @property
    def source(self) -> Source:
        """The recorded object."""
        return self._monitor.source

    @property
    def record(self) -> np.ndarray:
        """Indices of the recorded neurons (or synapses) within the source, int64 (n,)."""
        return np.atleast_1d(self._monitor.record[self._columns])

    @property
    def record_variables(self) -> tuple[str, ...]:
        """Names of the recorded variables."""
        return self._monitor.record_variables

    def unit_of(self, name: str) -> str:
        """Unit of what is recorded, as equations say it; ``1`` for none."""
        return self._monitor.unit_of(name)

    def __getattr__(self, variable: str) -> Any:
        if is_in_si(variable):
            return in_si(self, variable)
        if variable.startswith("_") or variable not in self._monitor.record_variables:
            raise attribute_error(self._monitor, variable)
        values: np.ndarray = getattr(self._monitor, variable)
        return values[self._columns]
