"""Values of a network's objects: read at any time, assigned before the first run and between runs.

Groups, inputs and synapses that belong to a network ask it for values, and let it know of what
users assign.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import numpy as np

from distsnn.codegen.program_arguments import Argument, OfGroup
from distsnn.describe.groups import Assignment
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.equation_based import RecognizedPairRule, SynapseAssignment
from distsnn.errors import ParameterError
from distsnn.exchange import current_world, raising_together
from distsnn.front.monitors.monitor import Monitor
from distsnn.front.names.named import known_as
from distsnn.front.names.scope import user_names
from distsnn.front.network.building import synapse_ways
from distsnn.front.network.built_network import BuiltNetwork, spike_times, whole_variable
from distsnn.front.network.members import flattened
from distsnn.front.network.network_state import NetworkState
from distsnn.front.neurons.group_base import SpikeSource
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.neurons.spike_generator import SpikeGeneratorGroup
from distsnn.front.neurons.values_without_network import StoredVariable
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.front.synapses.equation_synapses import EquationSynapses
from distsnn.front.synapses.synapse_checks import refuse_in_table
from distsnn.front.synapses.synapses_base import Synapses
from distsnn.layout.partition import index_of
from distsnn.run.state.local_values import ACTIVE, LAST_SPIKE

T = TypeVar("T")


class ObjectValues:
    """Values of the objects of a network: their reads and writes between runs."""

    def __init__(self, state: NetworkState) -> None:
        self._state = state

    def take(self, objects: Iterable[Any]) -> None:
        """Add objects to the network; from now on they ask it for their values."""
        state, members, further = self._state, self._state.members, list(flattened(objects))
        if further:
            state.run_postponed()
        with members.unchanged_on_error():
            for item in further:
                if state.built is None or not members.wait(item):
                    members.append(item)
            for one in members.all_called:
                one.belong_to(self)
            members.name_all()
            self.take_over()
            members.look_up(user_names())
            members.connect_monitors(state.description)
            if state.built is not None:
                state.built.check_probes(
                    members.probes(
                        item
                        for item in further
                        if isinstance(item, Monitor) and item in members.monitors
                    )
                )

    def take_over(self) -> None:
        """Let the objects ask this network, and no other one that they were given to."""
        for item in self._state.members.described:
            item.belong_to(self)

    @property
    def built(self) -> bool:
        """Whether the network has been built (by its first run)."""
        return self._state.built is not None

    @property
    def t(self) -> float:
        """Biological time reached, ms."""
        return self._state.t

    @property
    def dt(self) -> float:
        """Time step, ms."""
        return self._state.dt

    @property
    def step(self) -> int:
        """The step that comes next."""
        return self._state.step

    @property
    def seed(self) -> int:
        """Seed of all random draws."""
        return self._state.seed

    @property
    def trial(self) -> int:
        """The trial of the network, 0 without trials."""
        return self._state.trial

    @property
    def current(self) -> int | None:
        """The trial that the network is, or whose turn it is; None if it is none."""
        return self._state.trial if self._state.by_trial else None

    def stop(self) -> None:
        """End the run with the present step."""
        self._state.stopping = True

    @property
    def by_trial(self) -> bool:
        """Whether objects may have values by trial."""
        return self._state.by_trial

    def by_turns(self, function: Callable[[], np.ndarray]) -> np.ndarray:
        """The array that a function gives now; of several trials those of all."""
        return function()

    @property
    def is_whole(self) -> bool:
        """Whether states are at one place, where they are read."""
        return self._state.built is not None and self._state.built.is_whole

    @property
    def moment(self) -> int | None:
        """A number that changes whenever states may have changed; None before there are any."""
        self._state.check_values()
        built = self._state.built
        return None if built is None or not built.has_values else built.moment

    @property
    def description(self) -> NetworkDescription:
        """Everything that defines the result, as it is now."""
        return self._state.description

    @property
    def group_index(self) -> dict[int, int]:
        """Index of each group by its id()."""
        return self._state.members.group_index

    def setting(self, read: Callable[[], T]) -> T:
        """A value that has been set; of several trials a `ByTrial`, where they differ."""
        return read()

    def wait_with(self, group: NeuronGroup, receptor: Receptor) -> int:
        """See `Members.wait_with`."""
        return self._state.members.wait_with(group, receptor)

    def has_built(self, synapses: Synapses) -> bool:
        """Whether all synapses of an object are there."""
        built, index = self._state.built, self._state.members.index_of(synapses)
        return built is not None and len(built.base.synapses[index].connects) == len(synapses.since)

    def way_of(self, synapses: str | None) -> str:
        """The way in which the synapses of this name act; empty before the network is built."""
        built = self._state.built
        ways = () if built is None else synapse_ways(built)
        return next((str(way).split(": ", 1)[1] for way in ways if way.name == synapses), "")

    # ---- neurons

    def read_variable(self, group: NeuronGroup, variable: str) -> np.ndarray:
        """Values (float64 (N,)) of a variable now. Any rank may ask, alone."""
        self._state.check_values()
        state, built = self._state, self._state.built
        if built is not None and built.gathered is not None:
            of_group = built.gathered.neurons[state.members.index_of(group)]
            if variable in of_group.variables:
                return of_group.read(variable)[0]
        return self._assigned(group.stored(variable)).copy()

    def live_values(self, stored: StoredVariable) -> np.ndarray | None:
        """Values (float64 (N,)) of a variable where they are, which the next step may change.

        None where the state is on several ranks or threads, or has to be computed.
        """
        state = self._state
        state.check_values()
        built = state.built
        if built is None or not built.is_whole:
            return None
        place = stored.place
        argument = (place if place[0] is built.key else (0, *self._place(built, stored)))[2]
        if argument is not None:
            live: np.ndarray = built.workers[0].build.arrays[argument]
            return live
        return None if state.call_time is None else self._assigned(stored)

    @property
    def known_in_run(self) -> dict[Any, tuple[Any, Any]]:
        """Values that objects which a run calls have read, and that only assignments change.

        By what knows it, with what says whether it has been assigned anew; for reading only.
        """
        state = self._state
        return {} if state.call_time is None or state.built is None else state.built.known_in_run

    def _place(self, built: Any, stored: StoredVariable) -> tuple[int, Argument | None]:
        """The index of a group in what has been built, and where a variable is; see `place`."""
        if stored.place[0] is not built.key:
            index = self._state.members.index_of(stored.group)
            stored.place = built.key, index, built.argument_of(index, stored.name)
        return stored.place[1:]

    def _assigned(self, stored: StoredVariable) -> np.ndarray:
        """Values (float64 (N,)) as assignments say, for reading only."""
        state, group, variable = self._state, stored.group, stored.name
        version = group.assignments.version(variable)
        before, values = self.known_in_run.get(stored, (None, None))
        if values is not None and before == version:
            return values
        dt = self._dt_of(group)
        values = whole_variable(group.describe(dt), variable, state.seed, dt)
        values.flags.writeable = False
        self.known_in_run[stored] = version, values
        return values

    def read_time(self, group: NeuronGroup) -> dict[str, Any]:
        """Values now of ``t``, ``dt`` and ``t_in_timesteps``."""
        self._state.check_values()
        state, dt = self._state, self._dt_of(group)
        step = -(-state.step // round(dt / state.dt))
        t = state.t if dt == state.dt else step * dt
        return {"t": t, "dt": dt, "t_in_timesteps": step}

    def read_special(self, group: NeuronGroup) -> dict[str, Any]:
        """Values now of ``t``, ``dt``, ``lastspike``, ``not_refractory``, ..."""
        built, special = self._state.built, self.read_time(group)
        dt = special["dt"]
        if built is not None and built.gathered is not None:
            index = self._state.members.index_of(group)
            steps = self._gathered(built, group, LAST_SPIKE)
            special["lastspike"] = spike_times(steps, dt, built.spiked_before, index)
            special["not_refractory"] = self._gathered(built, group, ACTIVE) != 0
        return special

    def spikes_now(self, group: SpikeSource) -> np.ndarray:
        """The neurons (int64 (n,), ascending) of a group that spiked last. Collective."""
        built, index = self._state.built, self._state.members.index_of(group)
        if built is None:
            return np.empty(0, dtype=np.int64)
        world, own = current_world(), OfGroup(index)
        found = [
            index_of(engine.build.partition.ranges[index])[
                engine.values[own["spike_lid"]][: engine.values[own["spike_count"]][0]]
            ]
            for engine in built.engines
        ]
        every = [x for of_rank in world.allgather_object(found) for x in of_rank]
        return np.sort(np.concatenate(every))

    def _dt_of(self, group: NeuronGroup | SpikeGeneratorGroup) -> float:
        """Time step (ms) of a group."""
        dt, own = self._state.clocks
        return dict(own).get(known_as(group), dt)

    def key_now(self, purpose: str, name: str) -> tuple[int, int]:
        """Key of random numbers that are drawn between two steps."""
        return self.description.key_of_steps(f"{purpose} at {self.step}", name)

    def take_assignment(self, group: NeuronGroup, made: Assignment) -> None:
        """Carry out an assignment to a group if the network has been built."""
        self._state.check_values()
        built = self._state.built
        if built is not None:
            index, _ = self._place(built, group.stored(made.variable))
            built.assign(group, index, made)

    def _gathered(self, built: BuiltNetwork, group: NeuronGroup, variable: str) -> np.ndarray:
        assert built.gathered is not None
        return built.gathered.neurons[self._state.members.index_of(group)].read(variable)[0]

    # ---- inputs

    def take_settings(self) -> None:
        """Take over what was set of an input or a source of spikes, if it is allowed."""
        self._state.check_values()
        description = self.description
        if self._state.built is not None:
            self._state.built.update(description)

    def take_spikes(self, source: SpikeGeneratorGroup) -> None:
        """Take over the spikes that were set of a source, if they are allowed."""
        self._state.check_values()
        built = self._state.built
        if built is not None:
            index = self._state.members.index_of(source)
            built.update_source(index, source.describe(self._dt_of(source)))

    # ---- built-in synapses

    def step_between_runs(self, where: str) -> int:
        """The step from which on delays or rules that are set now hold; 0 before the first run.

        Raises ParameterError if the network is running.
        """
        self._state.check_values()
        if self._state.call_time is not None:
            raise ParameterError(
                where,
                "delays or a rule were set by an object that the network calls",
                "they are set before the first run and between runs",
                "end the run there, and set them before the next one",
            )
        return self._state.step

    def weights_now(self, projection: str) -> np.ndarray | None:
        """Weights (float64 (n,)) that a rule changes, after a run; None before."""
        self._state.check_values()
        built = self._state.built
        if built is None or built.gathered is None:
            return None
        return built.gathered.weights(projection)

    def set_weights(self, synapses: ReadySynapses, weights: Mapping[str, np.ndarray]) -> None:
        """Set weights that a rule changes, after the first run.

        `weights` (float64 (n,)) are those of each ``connect``, in the order of creation.
        """
        self._state.check_values()
        built = self._state.built
        assert built is not None
        if current_world().size > 1:
            self._state.calls.note(synapses.name, tuple(weights.values()))
        built.gathered_now(current_world()).set_weights(weights)
        built.changed()

    # ---- equation-based synapses

    def synapse_state(self, synapses: EquationSynapses, variable: str) -> np.ndarray | None:
        """Values (float64 (n,)) of a variable of synapses after a run; None before."""
        self._state.check_values()
        built = self._state.built
        if built is None or not built.has_values or variable.startswith("delay of "):
            return None
        index = self._state.members.index_of(synapses)
        if not built.changes_synapses(index) or built.gathered is None:
            return None
        known = built.gathered.synapses.get(index)
        return None if known is None else known.read(variable)[0]

    def set_synapse_state(self, synapses: EquationSynapses, made: SynapseAssignment) -> None:
        """Carry out an assignment after the first run, on every rank.

        Raises ParameterError if the synapses are in a plastic table, which cannot take it.
        """
        self._state.check_values()
        built = self._state.built
        assert built is not None
        index = self._state.members.index_of(synapses)
        description = built.build.description
        pair = description.synapses[index].pair
        if pair is not None:
            self._assign_pairs(built, pair, synapses, made)
        elif description.synapses[index].needs_code:
            values = built.gathered_now(current_world())
            now = values.assigned(index, made, synapses.equation_values.member_now)
            if synapses.links.is_index(made.variable):
                with raising_together(current_world(), "linked variables"):
                    for local in now.local:
                        synapses.links.check_index(made.variable, local)
            values.write(index, now)
        else:
            synapses.equation_values.accept(made)
            built.update_synapses(self.description)
        built.changed()
        for engine in built.engines:
            engine.watch.look_again(synapses=True)
        if current_world().size > 1:
            self._state.calls.note(synapses.name or "Synapses", made)

    def _assign_pairs(
        self,
        built: BuiltNetwork,
        pair: RecognizedPairRule,
        synapses: EquationSynapses,
        made: SynapseAssignment,
    ) -> None:
        values = built.gathered_now(current_world())
        index = self._state.members.index_of(synapses)
        if made.variable != pair.weight:
            raise refuse_in_table(
                synapses.name,
                f"{made.variable} was set after the first run",
                f"only {pair.weight} can be set then, since a table has spikes and no traces",
            )
        now = values.assigned(index, made, synapses.equation_values.member_now)
        ends = [(w.min(), w.max()) for w in now.local if w.size]
        of_ranks = [end for of_rank in current_world().allgather_object(ends) for end in of_rank]
        if of_ranks:
            low, high = np.min(of_ranks), np.max(of_ranks)
            if not pair.holds(low, high):
                raise refuse_in_table(
                    synapses.name,
                    f"{pair.weight} was set to values from {low:g} to {high:g} after the first run",
                    f"weights then lie between {pair.rule.w_min:g} and {pair.rule.w_max:g}",
                )
        values.write(index, now)
