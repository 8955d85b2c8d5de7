"""The network: its objects, which ask it for values, and what they are assigned."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from distsnn.assemble.groups.neuron_arrays import initial_value
from distsnn.assemble.recognition.recognize import changed_rules, recognized_as
from distsnn.describe.checks.arguments import check_switches
from distsnn.describe.checks.constructors import known_names
from distsnn.describe.checks.digest import digest_of
from distsnn.describe.groups import GroupDescription, NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.recording_file import RecordingFile
from distsnn.describe.synapses.equation_based import RecognizedPairRule, SynapseAssignment
from distsnn.describe.synapses.projections import ProjectionDescription
from distsnn.describe.values.given_expressions import TextModel
from distsnn.errors import ParameterError
from distsnn.exchange import current_world
from distsnn.front.monitors.monitor_checks import check_recorded
from distsnn.front.names.scope import (
    checked_dt,
    checked_seed,
    checked_threads,
    current_seed,
    current_threads,
)
from distsnn.front.network.rebuilds import NetworkRebuilds
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.recording.weight_files import WeightWriter
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.front.synapses.equation_synapses import EquationSynapses
from distsnn.front.synapses.synapses_base import Synapses
from distsnn.layout.partition import Range
from distsnn.run.state.local_values import ACTIVE, LAST_SPIKE


@known_names
class Network(NetworkRebuilds):
    """Objects that run together.

    Parameters
    ----------
    *objects : groups, Synapses, PoissonInput, monitors, or lists of them
    dt : float, ms, optional
        Time step; by default that of `defaultclock`, 0.1 ms, at each run.
    seed : int, optional
        Seed of all random draws; by default that of `seed()`, 0. The same seed gives the same
        results on any number of ranks and threads.
    threads : int, optional
        Number of threads of each rank, the same on all; by default that of `set_threads`, 1.

    Raises
    ------
    ParameterError
        If an object is none of these, two have the same name, or `dt` or `threads` is not
        positive.

    Examples
    --------
    >>> import distsnn as snn
    >>> cells = snn.NeuronGroup(10, snn.LIF(I_e=400 * snn.pA), name="cells")
    >>> net = snn.Network(cells, dt=0.1 * snn.ms, seed=1)
    >>> net.run(50 * snn.ms).spikes
    10
    """

    def __init__(
        self,
        *objects: Any,
        dt: float | None = None,
        seed: int | None = None,
        threads: int | None = None,
    ) -> None:
        super().__init__(
            None if dt is None else checked_dt("Network", dt),
            checked_seed("Network", current_seed() if seed is None else seed),
            checked_threads("Network", current_threads() if threads is None else threads),
        )
        self.add(*objects)

    def write_weights(
        self,
        to: str | os.PathLike[str] | RecordingFile,
        synapses: Synapses | Iterable[Synapses] | None = None,
        overwrite: bool = False,
    ) -> None:
        """Write synapses with their weights and delays as they are now. Every rank must call this.

        The file has edges of SONATA, sorted by source, target and number within the pair:
        ``syn_weight`` and ``delay`` of ready synapses, all variables of those with equations.
        `EdgeFile` reads it. No rank holds all synapses.

        Parameters
        ----------
        to : path or RecordingFile
        synapses : Synapses, or several, optional
            Which to write; all by default.
        overwrite : bool
            Replace a file that is there already.

        Raises
        ------
        ParameterError
            If the network has not run (``run(0)`` builds it), or synapses are not part of it.
        FileError
            If the file is there already or cannot be written.
        """
        if not self._shares or self._values is None:
            raise ParameterError(
                "Network.write_weights",
                "the network has not run",
                "synapses are built by the first run",
                "run it, for 0 ms if nothing shall change",
            )
        description = self.description
        chosen: list[tuple[Synapses, list[ProjectionDescription] | int]] = []
        given: Any = [synapses] if isinstance(synapses, Synapses) else synapses
        if given is not None and (isinstance(given, str) or not isinstance(given, Iterable)):
            raise ParameterError(
                "Network.write_weights",
                f"synapses={synapses!r}",
                "synapses are Synapses of the network, in a list",
                "correct synapses",
            )
        for part in self.synapses if given is None else given:
            check_recorded("Network.write_weights", part, self.synapses)
            if isinstance(part, EquationSynapses):
                chosen.append((part, self.synapses.index(part)))
            else:
                assert isinstance(part, ReadySynapses)
                chosen.append((part, part.described))
        check_switches("Network.write_weights", overwrite=overwrite)
        world = self._begin(
            "Network.write_weights",
            to=RecordingFile.of(to),
            synapses=[part.name for part, _ in chosen],
            overwrite=overwrite,
        )
        self._check_apart(world, self._written | {"the weights": RecordingFile.of(to).name})
        writer = WeightWriter(world, self._builds, description, self._engines[0].step, self._values)
        writer.write(RecordingFile.of(to), chosen, overwrite)

    def take_assignment(self, group: NeuronGroup, variable: str, start: int, stop: int) -> None:
        """Make an assignment known to what runs already; called by the group."""
        if self._built is None:
            return
        self._moment += 1
        before, index = self._built.description, self._index(group)
        groups = tuple(g.describe(self._dt) for g in self.groups)
        description = recognized_as(replace(before, groups=groups), before)
        for share in self._shares:
            share.built.description = description
            share.built.update_group(index, variable, start, stop)
            share.built.update_synapses()
            share.engine.set_arrays()
            share.engine.watch.look_again()
        known = None if self._values is None else self._values.neurons[index].everywhere
        if known is not None and variable in known:
            neurons = description.groups[index]
            assert isinstance(neurons, NeuronDescription)
            now = initial_value(neurons, variable, _whole(neurons), self._seed, self._dt)
            known[variable][start:stop] = now[start:stop]

    @property
    def moment(self) -> int | None:
        """A number that changes whenever states may have changed; None before they are held."""
        return None if self._values is None else self._moment

    def read_variable(self, group: NeuronGroup, variable: str) -> np.ndarray:
        """Values of a variable now; called by the group. Any rank may ask, alone."""
        index = self._index(group)
        neurons = self.description.groups[index]
        assert isinstance(neurons, NeuronDescription)
        if self._values is not None and variable not in neurons.model.parameters:
            return self._state(group, variable)
        return initial_value(neurons, variable, _whole(neurons), self._seed, self._dt)

    def read_special(self, group: NeuronGroup) -> dict[str, Any]:
        """Values now of ``t``, ``dt``, ``lastspike``, ``not_refractory``, ..."""
        special: dict[str, Any] = {"t": self.t, "dt": self.dt}
        special["t_in_timesteps"] = self.step
        if self._values is not None:
            special["lastspike"] = self._spike_times(
                self._index(group), self._state(group, LAST_SPIKE)
            )
            special["not_refractory"] = self._state(group, ACTIVE) != 0
        return special

    def key_now(self, purpose: str, name: str) -> tuple[int, int]:
        """Key of what is drawn between two steps. Called by the groups."""
        return self.description.key_of_steps(f"{purpose} at {self.step}", name)

    def set_weights(self, synapses: ReadySynapses, weights: Mapping[str, np.ndarray]) -> None:
        """Set weights that a rule changes, after the first run. Called by the synapses.

        `weights` (float64 (n,)) are those of each ``connect``, in the order of creation.
        """
        assert self._values is not None
        self._moment += 1
        if current_world().size > 1:
            self._alike.note(synapses.name, tuple(weights.values()))
        self._values.set_weights(weights)

    def weights_now(self, projection: str) -> np.ndarray | None:
        """Weights that a rule changes, after a run; None before. Called by the synapses."""
        return None if self._values is None else self._values.weights(projection)

    def synapse_state(self, synapses: EquationSynapses, variable: str) -> np.ndarray | None:
        """Values of a variable of synapses after a run; None before. Called by the synapses."""
        if self._values is None or variable.startswith("delay of "):
            return None
        known = self._values.synapses.get(self.synapses.index(synapses))
        return None if known is None else known.read(variable)[0]

    def set_synapse_state(self, synapses: EquationSynapses, made: SynapseAssignment) -> None:
        """Carry out an assignment after the first run. Called by the synapses, on every rank."""
        assert self._built is not None
        self._moment += 1
        for engine in self._engines:
            engine.watch.look_again(synapses=True)
        if current_world().size > 1:
            self._alike.note(synapses.name or "Synapses", made)
        number = self.synapses.index(synapses)
        pair = self._built.description.synapses[number].pair
        if pair is not None and self._set_pair_state(number, pair, synapses, made):
            return
        if not self._built.description.synapses[number].needs_code:
            synapses.accept(synapses.now_fixed(made))
            description = self._recognized_now()
            for share in self._shares:
                share.built.description = description
                share.built.update_synapses()
                share.engine.set_arrays()
            return
        assert self._values is not None
        self._values.write(number, self._values.assigned(number, made, synapses.member_now))

    def _set_pair_state(
        self,
        number: int,
        pair: RecognizedPairRule,
        synapses: EquationSynapses,
        made: SynapseAssignment,
    ) -> bool:
        """Carry out an assignment to synapses in which a rule was recognized, if it allows it.

        Else they go on as they are written.
        """
        assert self._values is not None
        world = current_world()
        if made.variable == pair.weight:
            now = self._values.assigned(number, made, synapses.member_now)
            low = min(values.min(initial=np.inf) for values in now.local)
            high = max(values.max(initial=-np.inf) for values in now.local)
            fits = pair.holds(low, high)
            if all(world.allgather_object(fits)):
                self._values.write(number, now)
                return True
        self._keep_as_written({number})
        return False

    def _keep_changed_rules(self, description: NetworkDescription) -> None:
        """Let synapses go on as they are written whose rules have other numbers now."""
        assert self._built is not None
        changed = changed_rules(description, self._built.description)
        if changed:
            self._keep_as_written(changed)

    def _state(self, group: NeuronGroup, variable: str) -> np.ndarray:
        assert self._values is not None
        return self._values.neurons[self._index(group)].read(variable)[0]

    def bring_up_to_date(self) -> None:
        """Let what ran know what names of texts stand for now. Collective."""
        if self._built is None:
            return
        self.describe()
        description = replace(
            self._built.description,
            groups=self._description.groups,
            synapses=self._description.synapses,
        )
        changed = [
            index
            for index, (before, now) in enumerate(
                zip(self._built.description.groups, description.groups, strict=True)
            )
            if isinstance(now, NeuronDescription)
            and digest_of(before.content()) != digest_of(now.content())
        ]
        for index in changed:
            _check_grids(self._built.description.groups[index], description.groups[index], self._dt)
        if changed:
            now = recognized_as(description, self._built.description)
            for built in self._builds:
                built.description = now
                for index in changed:
                    built.update_coefficients(index)
        self._keep_changed_rules(description)
        before = [digest_of(s.names.content()) for s in self._built.description.with_statements]
        if changed or before != [digest_of(s.names.content()) for s in description.with_statements]:
            now = recognized_as(description, self._built.description)
            for share in self._shares:
                share.built.description = now
                share.built.update_synapses()
                share.engine.set_arrays()


def _check_grids(before: GroupDescription, now: GroupDescription, dt: float) -> None:
    """Refuse TimedArrays that the equations, as they have been integrated, cannot have.

    Raises
    ------
    ParameterError
        If one changes within steps now and did not, or has another number of dimensions.
    """
    assert isinstance(before, NeuronDescription)
    assert isinstance(now, NeuronDescription)
    if not isinstance(before.model, TextModel) or not isinstance(now.model, TextModel):
        return
    earlier, later = before.model.names.arrays, now.model.names.arrays
    for name in sorted(earlier.keys() & later.keys()):
        old, new = earlier[name], later[name]
        constant = old.is_constant_over(dt), new.is_constant_over(dt)
        if constant == (True, False) or old.values.ndim != new.values.ndim:
            raise ParameterError(
                now.name,
                f"{name} is another TimedArray than in the run before, with dt={new.dt:g} ms and "
                f"{new.values.ndim} dimension(s)",
                "values may be others in each run, also more of them; dt stays a whole number of "
                "steps if it was, and the number of dimensions is the same",
                "correct it, or make a new Network",
            )


def _whole(neurons: NeuronDescription) -> tuple[Range, ...]:
    return (Range(0, neurons.size, 0),)
