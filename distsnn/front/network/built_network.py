"""A network that has been built: its threads' parts, its state, and what users set between runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from time import perf_counter
from typing import Any

import numpy as np

from distsnn.assemble.groups.neuron_arrays import initial_value
from distsnn.assemble.monitors.probe import Probe, recorded_variables
from distsnn.assemble.rank.generated_code import generated_code
from distsnn.assemble.rank.rank import RankBuild
from distsnn.assemble.recognition.recognize import (
    changed_rules,
    is_read_by_synapses,
    recognized_as,
)
from distsnn.codegen.program_arguments import Argument, OfGroup
from distsnn.describe.checks.digest import digest_of, have_one_digest
from distsnn.describe.groups import Assignment, GeneratorDescription, NeuronDescription
from distsnn.describe.network_description import NetworkDescription, StepDraws
from distsnn.describe.set_between_runs import as_set
from distsnn.describe.synapses.equation_based import EVERY_CONNECT, SynapseAssignment
from distsnn.describe.values.time_steps import steps_until
from distsnn.exchange import Team, World, raising_together
from distsnn.front.monitors.monitor import Monitor
from distsnn.front.monitors.state_sources import States
from distsnn.front.network.members import Members
from distsnn.front.network.rebuilt.changed_arrays import check_timed_arrays
from distsnn.front.network.saved.settings_between_runs import Settings
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.synapses.synapse_checks import refuse_in_table
from distsnn.layout.partition import Range
from distsnn.run.engine import Engine
from distsnn.run.state.checkpoint_state import SimulationState
from distsnn.run.state.local_values import LAST_SPIKE
from distsnn.run.state.network_values import NetworkValues
from distsnn.run.summary import PhaseTimes, RankReport, peak_memory


def spike_times(
    steps: np.ndarray, dt: float, before: tuple[int, Mapping[int, np.ndarray]], group: int
) -> np.ndarray:
    """Times (float64 (N,), ms) of the last spikes of a group from their steps (int64 (N,)).

    `before` is what `BuiltNetwork.spiked_before` holds.
    """
    times = np.maximum(steps * dt, -1e7)
    first, known = before
    return np.where(steps < first, known[group], times) if group in known else times


# Each state that is gathered, and each change of it, has another number.
_moments = count()


@dataclass(frozen=True, eq=False)
class Worker:
    """The neurons of one thread, with their synapses, and what advances them.

    Attributes
    ----------
    world : World
        As the thread sees it; the ranks themselves, if each has one thread.
    build : RankBuild
    engine : Engine
    simulation : SimulationState
    """

    world: World
    build: RankBuild
    engine: Engine
    simulation: SimulationState

    @classmethod
    def of(cls, world: World, build: RankBuild) -> Worker:
        """Make a build ready to run. Collective among all threads."""
        engine = Engine(world, build)
        return cls(world, build, engine, SimulationState(world, engine))

    def report(self, clock: PhaseTimes, wall_seconds: float) -> RankReport:
        """The part of this thread in the summary of a run that took so long."""
        build = self.build
        return RankReport(
            clock,
            wall_seconds,
            build.n_local,
            build.n_synapses,
            sum(table.n_bytes for table in build.tables),
            peak_memory() // self.world.n_threads,
            self.engine.watch.found(self.engine.step),
        )


class BuiltNetwork:
    """The engines of this rank for a network, from its first run on.

    Parameters
    ----------
    base : NetworkDescription
        The network as it was built; what is assigned later is state.
    settings : mapping of str to mapping
        What users had set by then, by object.
    team : Team
        The threads of this rank.
    workers : list of Worker
        One for each thread.
    probes : list of Probe or None
        What each monitor reads besides spikes, by monitor.
    seconds : dict of str to float
        Wall time of building and of compiling.

    Attributes
    ----------
    begin, end : float, ms
        The sum of the durations of all runs but the last, and of all, which ends within the last
        step.
    spiked_before : (int, mapping of int to float64 array (N,))
        Times (ms) of last spikes before a step, by group, where they lie between steps.
    moment : int
        It changes whenever the state may have changed.
    """

    def __init__(
        self,
        base: NetworkDescription,
        settings: Mapping[str, Settings],
        team: Team,
        workers: list[Worker],
        probes: list[Probe | None],
        seconds: dict[str, float],
    ) -> None:
        self.base, self.settings = base, settings
        #: The same with the delays and rules that have been set since.
        self.described = base
        self.team, self.workers = team, workers
        self.probes, self.seconds = probes, seconds
        self.begin = self.end = 0.0
        self._drawn, self._inactive = base.draws, base.inactive
        self.spiked_before: tuple[int, Mapping[int, np.ndarray]] = 0, {}
        #: Distinguishes it from all others, which may have been at the same address.
        self.key = object()
        self._gathered: NetworkValues | None = None
        #: See `ObjectValues.known_in_run`.
        self.known_in_run: dict[Any, tuple[Any, Any]] = {}
        #: Whether the state is at one place: of one rank with one thread.
        self.is_whole = len(workers) == 1 and workers[0].world.size == 1
        # Which synapses read which variables of groups, as far as that has been asked.
        self._read_by_synapses: dict[tuple[int, str], bool] = {}
        # While objects of users are called: state is gathered when one of them reads it.
        self._calling: World | None = None
        self.moment = next(_moments)

    # ---- what it is

    @property
    def gathered(self) -> NetworkValues | None:
        """The state as every rank reads it; collective while objects of users are called."""
        if self._gathered is None and self._calling is not None:
            self._gathered = NetworkValues(self._calling, self.engines, later=True)
        return self._gathered

    @property
    def has_values(self) -> bool:
        """Whether the state can be read, be it that it is gathered then."""
        return self._gathered is not None or self._calling is not None

    def changes_synapses(self, index: int) -> bool:
        """Whether variables of synapses change in steps, so that they are state."""
        synapses = self.build.description.synapses[index]
        return synapses.pair is not None or synapses.needs_code

    def argument_of(self, group: int, variable: str) -> Argument | None:
        """The argument of the program that holds a variable of a group; None if it is no state."""
        is_state = variable in self.build.forms[group].states
        return OfGroup(group).state(variable) if is_state else None

    def begin_calls(self, world: World) -> None:
        """Let objects of users, which are called now, read the state as it is."""
        self._gathered, self._calling = None, world
        self.changed()

    def end_calls(self) -> None:
        """Let nobody read the state until it is gathered again."""
        self._calling = None

    @property
    def dt(self) -> float:
        """Time step, ms."""
        return self.base.dt

    @property
    def step(self) -> int:
        """The step that comes next."""
        return self.engine.step

    @property
    def t(self) -> float:
        """Biological time reached, ms."""
        return self.step * self.dt

    @property
    def exact_time(self) -> float:
        """Sum of the durations of all runs, ms; the time reached, if the last was stopped."""
        return self.end if steps_until(self.end, self.dt) == self.step else self.t

    @property
    def engine(self) -> Engine:
        """The engine of the first thread."""
        return self.workers[0].engine

    @property
    def build(self) -> RankBuild:
        """The part of the first thread; it answers what does not depend on threads."""
        return self.workers[0].build

    @property
    def builds(self) -> list[RankBuild]:
        """The part of each thread."""
        return [worker.build for worker in self.workers]

    @property
    def engines(self) -> list[Engine]:
        """The engine of each thread."""
        return [worker.engine for worker in self.workers]

    @property
    def tabulated(self) -> list[str]:
        """Names of the equation-based synapses that are in plastic tables."""
        return [s.name for s in self.build.description.synapses if s.pair is not None]

    def last_spikes(self) -> dict[int, np.ndarray]:
        """Time (float64 (N,), ms) of the last spike of each neuron, by group, as far as known."""
        groups = {} if self.gathered is None else self.gathered.neurons
        return {
            index: spike_times(
                values.everywhere[LAST_SPIKE], self.base.group_dt(index), self.spiked_before, index
            )
            for index, values in groups.items()
            if values.everywhere is not None
        }

    # ---- what changes it

    def changed(self) -> None:
        """Note that the state may have changed."""
        self.moment = next(_moments)

    def gather(self, world: World) -> None:
        """Let every rank read the state as it is now. Collective."""
        # The state of the last run is not needed beside the new one.
        self._gathered = None
        self._gathered = NetworkValues(world, self.engines)
        self.changed()

    def gathered_now(self, world: World) -> NetworkValues:
        """The state as it is now. Collective if nothing has been gathered since it was built."""
        if self.gathered is None:
            self.gather(world)
        assert self._gathered is not None
        return self._gathered

    def update(self, description: NetworkDescription) -> None:
        """Take over all that users have set, but no states."""
        description = self._recognized(description)
        self._keep_samples()
        for worker in self.workers:
            worker.build.update(description)
            worker.engine.set_arrays()

    def update_source(self, index: int, source: GeneratorDescription) -> None:
        """Take over the spikes of a source, whose index is given, and nothing else."""
        description = self.build.description.with_group(index, source)
        for worker in self.workers:
            worker.build.update_source(index, description)
            worker.engine.set_arrays()

    def _keep_samples(self) -> None:
        """Keep what monitors have read and do not have yet: buffers may be replaced."""
        for engine in self.engines:
            engine.samples.empty()

    def take_draws(self, draws: StepDraws | None) -> None:
        """Let the next steps draw what `draws` says, if that is something else."""
        if draws == self._drawn:
            return
        self._drawn = draws
        for worker in self.workers:
            worker.build.renew_draws(draws)
            worker.engine.set_arrays()

    def take_inactive(self, inactive: frozenset[str]) -> None:
        """Let the objects of these names, and no others, do nothing in the next steps."""
        if inactive == self._inactive:
            return
        self._inactive = inactive
        for worker in self.workers:
            worker.build.set_inactive(inactive)
            worker.engine.set_arrays()

    def update_synapses(self, description: NetworkDescription) -> None:
        """Take over what synapses with tables or statements are given by a description."""
        description = self._recognized(description)
        self._keep_samples()
        for worker in self.workers:
            worker.build.description = description
            worker.build.update_synapses()
            worker.engine.set_arrays()

    def assign(self, group: NeuronGroup, index: int, made: Assignment) -> None:
        """Carry out an assignment to some neurons of a group, whose index is given."""
        self.changed()
        neurons = self.build.description.groups[index]
        assert isinstance(neurons, NeuronDescription)
        # Nothing else of the group can have changed.
        neurons = neurons.with_assignments(group.assignments.all)
        description = self.build.description.with_group(index, neurons)
        of_synapses = self._is_read_by_synapses(description, index, made.variable)
        if of_synapses:
            self._keep_samples()
            description = self._recognized(description)
        for worker in self.workers:
            worker.build.description = description
            current = worker.engine.is_current
            worker.build.update_group(index, made)
            if current and not worker.engine.is_current:
                worker.engine.set_coefficients()
            if of_synapses:
                worker.build.update_synapses()
            worker.engine.set_arrays()
            worker.engine.watch.look_again()
        known = None if self._gathered is None else self._gathered.neurons[index].everywhere
        if known is not None and made.variable in known:
            now = whole_variable(neurons, made.variable, self.base.seed, self.base.group_dt(index))
            known[made.variable][made.start : made.stop] = now[made.start : made.stop]

    def _is_read_by_synapses(
        self, description: NetworkDescription, group: int, variable: str
    ) -> bool:
        if self.build.reads_synapses:
            return True
        # The statements of synapses are those of the begin.
        key = group, variable
        if key not in self._read_by_synapses:
            self._read_by_synapses[key] = is_read_by_synapses(description, group, variable)
        return self._read_by_synapses[key]

    def take_names(self, described: NetworkDescription) -> None:
        """Take over what names in expressions stand for now. Collective.

        Parameters
        ----------
        described : NetworkDescription
            All objects as they are now.

        Raises
        ------
        ParameterError
            If a rule in a table, or a `TimedArray`, cannot be changed. Nothing is changed then.
        """
        before = self.build.description
        description = replace(before, groups=described.groups, synapses=described.synapses)
        pairs = list(zip(before.groups, description.groups, strict=True))
        changed = [
            index
            for index, (old, new) in enumerate(pairs)
            if isinstance(new, NeuronDescription)
            and not have_one_digest(old.content(), new.content())
        ]
        for index in changed:
            check_timed_arrays(*pairs[index], self.base.group_dt(index))
        if changed:
            recognized = self._recognized(description)
            for build in self.builds:
                build.description = recognized
                for index in changed:
                    build.update_coefficients(index)
        names = [digest_of(s.names.content()) for s in before.with_statements]
        if changed or names != [digest_of(s.names.content()) for s in description.with_statements]:
            self.update_synapses(description)

    def _recognized(self, description: NetworkDescription) -> NetworkDescription:
        """The description, in which the same is recognized as in what was built.

        Delays and rules stay those that were built until the next call that builds them anew.
        """
        return recognized_as(as_set(description, self.described), self.build.description)

    def leaving_tables(self, now: NetworkDescription, delayed: Collection[str]) -> set[str]:
        """Synapses in plastic tables whose statements have other numbers or are `delayed` now.

        A table has the spikes, and not what traces were made of them, so they get code.
        """
        tabulated = set(self.tabulated)
        if not tabulated:
            return set()
        built = self.build.description
        same = replace(now, synapses=now.synapses[: len(built.synapses)])
        changed = changed_rules(same, built)
        return {now.synapses[n].name for n in changed} | tabulated.intersection(delayed)

    def variables_of(
        self, world: World, names: Collection[str]
    ) -> dict[int, dict[str, np.ndarray]]:
        """Variables (float64 (n,)) of equation-based synapses, by index of the object. Collective.

        They are in the order of creation.
        """
        if not names:
            return {}
        values = self.gathered_now(world).synapses
        found = {}
        for index, synapses in enumerate(self.build.description.synapses):
            if synapses.name in names:
                of = values[index].variables
                found[index] = dict(zip(of, values[index].read(*of), strict=True))
        return found

    def set_variables(
        self, world: World, variables: Mapping[int, Mapping[str, np.ndarray]]
    ) -> None:
        """Set what `variables_of` gave. Collective."""
        for index, of_synapses in variables.items():
            values = self.gathered_now(world)
            for name, given in of_synapses.items():
                made = SynapseAssignment(name, given, 0, EVERY_CONNECT)
                values.write(index, values.assigned(index, made, _no_member))

    def generated_code(self, monitors: Iterable[Monitor]) -> str:
        """Source of the program of this rank; `monitors` are those of the network."""
        reading = [m for m, probe in zip(monitors, self.probes, strict=False) if probe is not None]
        return generated_code(self.build, [monitor.name or "" for monitor in reading])

    def check_probes(self, probes: list[Probe | None]) -> None:
        """Raise if monitors that are added now cannot record."""
        for index, variable in recorded_variables(probe for probe in probes if probe is not None):
            synapses = self.build.description.synapses[index]
            pair = synapses.pair
            if pair is not None and variable != pair.weight:
                raise refuse_in_table(
                    synapses.name,
                    f"a monitor of {variable} was added after the first run",
                    f"of synapses in a table only {pair.weight} can be recorded",
                )

    def prepare(self, world: World, members: Members) -> None:
        """Let monitors take part that were added later, and compile what is new. Collective."""
        begin = perf_counter()
        self.take_inactive(members.inactive)
        self._take_intervals(members)
        further = members.monitors[len(self.probes) :]
        if further:
            with raising_together(world, "building"):
                probes = members.probes(further)
                self.check_probes(probes)
            readers = [probe for probe in probes if probe is not None]
            if readers:
                self.team.run(lambda of: self.workers[of.thread].build.add_probes(readers))
            self.probes += probes
        self.take_program()
        self.seconds["compiling"] += perf_counter() - begin

    def take_program(self) -> None:
        """Run the program that was written last from now on. Collective."""
        if not self.engine.is_current:
            self.team.run(lambda of: self.workers[of.thread].engine.set_program())

    def prepare_steps(self, until: int, location: int) -> None:
        """Prepare all steps before `until`, in the last of which it may pause. Collective."""
        # What was called may have set what is part of the program.
        self.take_program()
        for engine in self.engines:
            engine.pause(location, until - 1)

    def _take_intervals(self, members: Members) -> None:
        """Let monitors whose clock has another dt now record at its steps."""
        for m, (monitor, probe) in enumerate(zip(members.monitors, self.probes, strict=False)):
            if not isinstance(probe, States) or probe.every == monitor._steps.every:
                continue
            self.probes[m] = replace(probe, every=monitor._steps.every)
            n = sum(one is not None for one in self.probes[:m])
            for worker in self.workers:
                worker.build.set_interval(n, monitor._steps.every)


def _no_member(side: str, variable: str, before: int | None = None) -> np.ndarray:  # noqa: ARG001 - as `Member`
    raise AssertionError(f"{variable}_{side} is no array of synapses")


def whole_variable(neurons: NeuronDescription, variable: str, seed: int, dt: float) -> np.ndarray:
    """Values (float64 (N,)) of a variable of a group as its assignments say."""
    return initial_value(neurons, variable, (Range(0, neurons.size, 0),), seed, dt)
