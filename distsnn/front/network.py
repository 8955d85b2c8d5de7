"""The network: builds its objects and runs them."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np

from distsnn.build.neurons import initial_value
from distsnn.build.rank import RankBuild, build_rank
from distsnn.describe.groups import Assignment, NeuronDescription
from distsnn.describe.names import known_names
from distsnn.describe.probes import Probe
from distsnn.describe.synapses import SynapseAssignment
from distsnn.describe.values import checked_value
from distsnn.errors import ParameterError
from distsnn.exchange import World, current_world, install_abort, raising_together
from distsnn.front.equation_synapses import EquationSynapses
from distsnn.front.neurons import NeuronGroup
from distsnn.front.parts import NetworkParts
from distsnn.front.plastic_weights import PlasticWeights
from distsnn.front.recording import SpikeRecording
from distsnn.front.scope import checked_dt, checked_seed, current_seed, defaultclock, user_names
from distsnn.front.state_monitor import StateMonitor
from distsnn.front.states import ACTIVE, LAST_SPIKE, gather_states
from distsnn.front.synapse_states import SynapseStates, all_edges
from distsnn.plan.delays import steps_of
from distsnn.plan.partition import Range
from distsnn.run.engine import Engine, SpikeReader
from distsnn.run.progress import BuildProgress, RunProgress
from distsnn.run.samples import gather_samples
from distsnn.run.summary import Clock, RankReport, RunSummary, gather_summary, peak_memory

_log = logging.getLogger("distsnn")
_MOST_STEPS = 2**50


@known_names
class Network(NetworkParts):
    """Objects that run together.

    Parameters
    ----------
    *objects : groups, Synapses, PoissonInput, monitors, or lists of them
    dt : float, ms, optional
        Time step; by default that of `defaultclock`, 0.1 ms.
    seed : int, optional
        Seed of all random draws; by default that of `seed()`, 0. The same seed gives the same
        results on any number of ranks.

    Raises
    ------
    ParameterError
        If an object is none of these, two have the same name, or `dt` is not positive.

    Examples
    --------
    >>> import distsnn as snn
    >>> cells = snn.NeuronGroup(10, snn.LIF(I_e=400 * snn.pA), name="cells")
    >>> net = snn.Network(cells, dt=0.1 * snn.ms, seed=1)
    >>> net.run(50 * snn.ms).spikes
    20
    """

    def __init__(self, *objects: Any, dt: float | None = None, seed: int | None = None) -> None:
        super().__init__(
            checked_dt("Network", defaultclock.dt if dt is None else dt),
            checked_seed("Network", current_seed() if seed is None else seed),
        )
        self._probes: list[Probe | None] = []
        self._engine: Engine | None = None
        self._built: RankBuild | None = None
        self._states: dict[tuple[int, str], np.ndarray] | None = None
        self._synaptic: SynapseStates | None = None
        self._weights: PlasticWeights | None = None
        self._recording: SpikeRecording | None = None
        self._seconds = {"build": 0.0, "compiling": 0.0}
        self.add(*objects)

    @property
    def t(self) -> float:
        """Biological time reached, ms."""
        return (self._engine.step if self._engine else 0) * self.dt

    @property
    def built(self) -> bool:
        """Whether the network has been built (by its first run)."""
        return self._engine is not None

    def run(
        self,
        duration: float,
        *,
        progress: bool = False,
        record: str | os.PathLike[str] | None = None,
        overwrite: bool = False,
        namespace: Mapping[str, Any] | None = None,
    ) -> RunSummary:
        """Simulate `duration` more. Every rank must call this, with the same arguments.

        Parameters
        ----------
        duration : float, ms
            Rounded to the nearest step.
        progress : bool
            Show bars on rank 0: synapses while building, then biological time, real-time
            factor, spikes and remaining time.
        record : path, optional
            Write the spikes of all groups to this SONATA file. Runs of one network that follow
            one another with the same path continue the file.
        overwrite : bool
            Replace a file that is there already.
        namespace : mapping, optional
            What names in texts stand for; by default the variables of the calling code.

        Returns
        -------
        RunSummary
            Time per phase and memory of all ranks; print it.

        Raises
        ------
        ParameterError
            If `duration` is negative or not finite, or an object refers to one that is not
            part of the network.
        FileError
            If the file is there already or cannot be written.
        RankError
            If another rank failed.
        """
        checked = checked_value("Network.run", "duration", duration, "ms")
        if not isinstance(checked, float) or not 0 <= checked <= _MOST_STEPS * self.dt:
            raise ParameterError(
                "Network.run",
                f"duration={duration!r} ms",
                f"duration is one number from 0 ms to {_MOST_STEPS:,} steps",
                "correct duration",
            )
        world = current_world()
        install_abort(world)
        self.look_up(user_names() if namespace is None else namespace)
        recording = self._open_recording(world, record, overwrite)
        engine, built = self._prepare(world, progress)
        first, end = engine.step, engine.step + steps_of(checked, self.dt)
        readers: list[SpikeReader] = [m for m in self.monitors if not isinstance(m, StateMonitor)]
        readers += [recording] if recording else []
        before = Clock() if first == 0 else Clock.read(engine, **self._seconds)
        bar = RunProgress(
            progress and world.rank == 0,
            first,
            end,
            self.dt,
            lambda: int(engine.counters[1]) - before.spikes,
        )
        begin = perf_counter()
        try:
            engine.advance(end, readers, bar.look)
        except BaseException:
            if recording is not None:
                recording.close()
            raise
        finally:
            bar.close()
        wall = perf_counter() - begin
        samples = iter(gather_samples(world, built.probes, engine.take_samples()))
        for monitor, probe in zip(self.monitors, self._probes, strict=True):
            monitor.complete(first, end, None if probe is None else next(samples))
        if recording is not None:
            with raising_together(world, "recording"):
                recording.finish(end)
        self._states = gather_states(world, built, end)
        self._synaptic = SynapseStates(world, built)
        self._weights = PlasticWeights(world, engine)
        clock = Clock.read(engine, **self._seconds).since(before)
        return gather_summary(
            world,
            (end - first) * self.dt,
            RankReport(
                clock,
                wall,
                built.n_local,
                built.n_synapses,
                sum(table.n_bytes for table in built.tables),
                peak_memory(),
            ),
        )

    def take_assignment(self, group: NeuronGroup, made: Assignment) -> None:
        """Make an assignment known to what runs already; called by the group."""
        if self._built is None:
            return
        before, index = self._built.description, self._index(group)
        description = replace(before, groups=tuple(g.describe(self.dt) for g in self.groups))
        if not self._built.same_program(description):
            raise ParameterError(
                group.name or "NeuronGroup",
                f"{made.variable} was one number for all neurons "
                "when the network was built, and is not now",
                "after the first run a parameter "
                "that was uniform can be set to another number for all neurons only",
                "give it as an array from the beginning",
            )
        self._built.description = description
        self._built.update_group(index, made.variable, made.start, made.stop)
        self._built.update_synapses()
        if self._engine is not None:
            self._engine.set_arrays()
        if self._states is not None and (index, made.variable) in self._states:
            neurons = description.groups[index]
            assert isinstance(neurons, NeuronDescription)
            now = initial_value(neurons, made.variable, _whole(neurons), self._seed, self.dt)
            self._states[index, made.variable][made.start : made.stop] = now[made.start : made.stop]

    def read_variable(self, group: NeuronGroup, variable: str) -> np.ndarray:
        """Values of a variable now; called by the group. Any rank may ask, alone."""
        index = self._index(group)
        neurons = self.description.groups[index]
        assert isinstance(neurons, NeuronDescription)
        if self._states is not None and variable not in neurons.model.parameters:
            return self._state(group, variable).copy()
        return initial_value(neurons, variable, _whole(neurons), self._seed, self.dt)

    def read_special(self, group: NeuronGroup) -> dict[str, Any]:
        """Values now of ``t``, ``dt``, ``lastspike``, ``not_refractory`` and ``seed``."""
        special: dict[str, Any] = {"t": self.t, "dt": self.dt, "seed": self._seed}
        if self._states is not None:
            special["lastspike"] = np.maximum(self._state(group, LAST_SPIKE) * self.dt, -1e7)
            special["not_refractory"] = self._state(group, ACTIVE) != 0
        return special

    def weights_now(self, projection: str) -> np.ndarray | None:
        """Weights that a rule changes, after a run; None before. Called by the synapses."""
        return None if self._weights is None else self._weights.of(projection)

    def synapse_state(self, synapses: EquationSynapses, variable: str) -> np.ndarray | None:
        """Values of a variable of synapses after a run; None before. Called by the synapses."""
        if self._synaptic is None or variable.startswith("delay of "):
            return None
        assert self._built is not None
        number = self._with_equations.index(synapses)
        if number not in self._built.slow:
            return None
        return self._synaptic.read(self._built.slow.index(number), variable)

    def set_synapse_state(self, synapses: EquationSynapses, made: SynapseAssignment) -> None:
        """Carry out an assignment after the first run. Called by the synapses, on every rank."""
        assert self._built is not None
        number = self._with_equations.index(synapses)
        if number not in self._built.slow:
            # Nothing that runs depends on it.
            synapses.accept(made)
            return
        s = self._built.slow.index(number)

        assert self._synaptic is not None
        self._synaptic.assign(s, made, synapses.member_now, all_edges(self._built, s))

    def _state(self, group: NeuronGroup, variable: str) -> np.ndarray:
        index = self._index(group)
        assert self._states is not None
        if (index, variable) not in self._states:
            raise ParameterError(
                group.name or "NeuronGroup",
                f"{variable} of all {group.N} neurons is not held by every rank",
                "in large networks on several ranks states stay where they are",
                "record what you need",
            )
        return self._states[index, variable]

    def look_up(self, around: Mapping[str, Any]) -> None:
        """Let texts see names of the code that runs them, and bring up to date what ran."""
        for part in (*self.groups, *self.synapses):
            if isinstance(part, NeuronGroup | EquationSynapses):
                part.look_up(around)
        if self._built is None:
            return
        self.describe()
        description = replace(
            self._built.description,
            groups=self._description.groups,
            synapses=self._description.synapses,
        )
        for index, (before, now) in enumerate(
            zip(self._built.description.groups, description.groups, strict=True)
        ):
            if before.content() != now.content():
                self._built.description = description
                self._built.update_constants(index)
        names = [s.names.content() for s in self._built.description.synapses]
        if self._built.description is description or names != [
            s.names.content() for s in description.synapses
        ]:
            self._built.description = description
            self._built.update_synapses()
        if self._engine is not None and self._built.description is description:
            self._engine.set_arrays()

    def _prepare(self, world: World, progress: bool) -> tuple[Engine, RankBuild]:
        if self._engine is not None and self._built is not None:
            return self._engine, self._built
        with raising_together(world, "building"):
            for member in (*self.groups, *self.synapses):
                if isinstance(member, NeuronGroup | EquationSynapses):
                    member.check_names()
            description = self.description
            self._probes = [
                monitor.describe_probe(self._number_of(monitor.source)) for monitor in self.monitors
            ]
            begin = perf_counter()
            expected = (
                sum(
                    p.rule.expected_number(p.source.size, p.target.size, p.shift)
                    for p in description.projections
                )
                / world.size
            )
            bar = BuildProgress(progress and world.rank == 0, expected)
            try:
                self._built = build_rank(
                    description,
                    world.rank,
                    world.size,
                    bar.add,
                    [probe for probe in self._probes if probe is not None],
                )
            finally:
                bar.close()
            self._seconds["build"] = perf_counter() - begin
        if world.rank == 0:
            self._say_methods()
        assert self._built is not None
        begin = perf_counter()
        self._engine = Engine(world, self._built)
        self._seconds["compiling"] = perf_counter() - begin
        return self._engine, self._built

    def _open_recording(
        self, world: World, record: str | os.PathLike[str] | None, overwrite: bool
    ) -> SpikeRecording | None:
        """The recording at this path, opened before anything takes time."""
        if record is None:
            return None
        first = self._engine.step if self._engine else 0
        if self._recording is None or self._recording.path != os.fspath(record):
            with raising_together(world, "recording"):
                self._recording = SpikeRecording(
                    record, self.description, first, overwrite, writes=world.rank == 0
                )
        elif self._recording.next_step != first:
            raise ParameterError(
                "Network.run",
                f"{record} was recorded up to {self._recording.next_step * self.dt:g} ms and the "
                f"network has run to {first * self.dt:g} ms without it",
                "a recording has no gaps",
                "record to another file",
            )
        return self._recording

    def _say_methods(self) -> None:
        assert self._built is not None
        for g, form in self._built.forms.items():
            group = self._built.description.groups[g]
            if isinstance(group, NeuronDescription) and not group.model.method and form.states:
                _log.info(
                    "%s: integrated by the method %r, chosen from the equations",
                    group.name,
                    form.method,
                )


def _whole(neurons: NeuronDescription) -> tuple[Range, ...]:
    return (Range(0, neurons.size, 0),)
