"""Gradients of a run: what it records, and the way back."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import TypeGuard

import numpy as np

from distsnn.describe.checks.arguments import check_switches
from distsnn.describe.groups import NeuronDescription
from distsnn.errors import NoGradientWarning, ParameterError
from distsnn.exchange import World, current_world, raising_together
from distsnn.front.monitors.state_monitor import StateMonitor
from distsnn.front.network.built_network import BuiltNetwork
from distsnn.front.network.network import Network
from distsnn.front.network.network_state import NetworkState
from distsnn.front.neurons.group_base import SpikeSource
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.learning.adjoint_neurons import (
    current_names,
    refractory_steps,
    sensitivity_names,
)
from distsnn.learning.adjoint_rows import AdjointRows
from distsnn.learning.again.run_again import BegunRun, RunAgain
from distsnn.learning.again.settings_of_runs import RunHistory
from distsnn.learning.again.voltage_traces import VoltageTraces, sums_of_losses
from distsnn.learning.back.backward_pass import BackwardPass
from distsnn.learning.forward_run import ForwardRun, ForwardSpikes
from distsnn.learning.gradient import Gradient, positions_of
from distsnn.learning.learning_checks import (
    check_active,
    check_interval,
    check_network,
    check_times,
    checked_number,
    index_in,
)
from distsnn.learning.losses import Loss, VoltageLoss
from distsnn.learning.recorded_run import Recorded
from distsnn.learning.spike_states import (
    BeginStates,
    ReleaseMonitor,
    SensitivityTraces,
    SpikeStates,
)
from distsnn.learning.surrogate_spikes import Surrogate
from distsnn.learning.trial_gradients import of_all_trials


class Adjoint:
    r"""Gradients of a loss with respect to weights, delays, currents and times of spikes.

    It is made of a network before its first run, adds monitors to it, and goes back through
    what the last run has recorded, event by event: the adjoint method, which is exact for equations
    in continuous time. The derivative of the time :math:`t_k` of a spike by the potential is
    :math:`-1/\dot V(t_k)`; between spikes the derivatives of the loss obey

    .. math:: \tau_m \dot\lambda_V = \lambda_V, \qquad
              \dot\lambda_I = \lambda_I/\tau - \lambda_V/C_m

    backwards in time, and :math:`\lambda_I` at the arrival of an event is the derivative by its
    weight. Spikes take effect at the end of their step. Gradients are those of such a network, with
    an error in proportion to `dt` squared. They are the same to the last bit on any number of ranks
    and threads.

    Parameters
    ----------
    network : Network
        All its neurons are `LIF` with `Exponential` and `Alpha` receptors of currents; its synapses
        are built-in ones, without plasticity, with delays of at least one step.
    surrogate : Surrogate, optional
        Derivatives for neurons without spikes, which have none else.
    exact_times : bool
        Whether losses and gradients are those of the network in continuous time, where spikes are
        when thresholds are crossed, instead of those of the run, where they are at the end of their
        step. `backward` then goes through the run once more; times of spikes and gradients have an
        error in proportion to `dt` squared.
    checkpoint_steps : int, optional
        For losses of potentials that are not recorded, the steps between states that are kept;
        potentials in between are computed again. By default the square root of the number of steps.

    Raises
    ------
    UnsupportedError
        If the network has other neurons or synapses.
    ParameterError
        If it has run, or `exact_times` is given with a surrogate.

    Notes
    -----
    Wunderlich & Pehle 2021, Sci. Rep. 11:12829; Nowotny, Turner & Knight 2025, Neuromorph. Comput.
    Eng. 5:014001; delays: Meszaros, Knight & Nowotny 2025.

    Examples
    --------
    >>> import distsnn as snn
    >>> from distsnn import learning
    >>> source = snn.SpikeGeneratorGroup(1, [0], [1.0])
    >>> cell = snn.NeuronGroup(1, snn.LIF(tau_m=10.0))
    >>> S = snn.Synapses(source, cell, snn.Exponential(tau=5.0), weight=2500.0, delay=1.0)
    >>> S.connect()
    >>> network = snn.Network(source, cell, S)
    >>> adjoint = learning.Adjoint(network)
    >>> summary = network.run(20.0)
    >>> gradient = adjoint.backward(learning.SpikeTimes(cell, [0], [3.0]))
    >>> gradient.weight(S).shape
    (1,)
    """

    def __init__(
        self,
        network: Network,
        surrogate: Surrogate | None = None,
        *,
        exact_times: bool = False,
        checkpoint_steps: int | None = None,
    ) -> None:
        if not isinstance(network, Network):
            raise ParameterError(
                "Adjoint", f"network={network!r}", "it is made of a Network", "give one"
            )
        if network.built:
            raise ParameterError(
                "Adjoint",
                "the network has run",
                "it records from the first step on",
                "make it before the first run",
            )
        if surrogate is not None and not isinstance(surrogate, Surrogate):
            raise ParameterError(
                "Adjoint",
                f"surrogate={surrogate!r}",
                "surrogate is None or a Surrogate",
                "give one, such as Surrogate(width=5*mV)",
            )
        check_switches("Adjoint", exact_times=exact_times)
        check_times(surrogate, exact_times, checkpoint_steps)
        self.network, self.surrogate = network, surrogate
        self.exact_times, self._spacing = exact_times, checkpoint_steps
        self._begins: dict[int, BeginStates] = {}
        self._history = RunHistory(network)
        self._potentials: dict[int, StateMonitor] = {}
        self._spikes: dict[int, SpikeStates] = {}
        self._releases: dict[int, ReleaseMonitor] = {}
        self._traces: dict[str, SensitivityTraces] = {}
        # Of all ranks, once they are drawn, and what they were drawn of.
        self._positions: list[list[np.ndarray]] | None = None
        self._tables: list[list[AdjointRows]] = []
        self._drawn_of: Sequence[tuple[object, object]] | None = None
        check_network(network)
        monitors = [x for x in network.objects if isinstance(x, StateMonitor)]
        for group in [x for x in network.objects if isinstance(x, SpikeSource)]:
            self._record(group)
        for monitor in [] if exact_times else monitors:
            self._trace(monitor)

    def _record(self, group: SpikeSource) -> None:
        """Add the monitors of one group."""
        network, index = self.network, self._index(group)
        described = network.description.groups[index]
        recorded: tuple[str, ...] = ()
        if isinstance(group, NeuronGroup) and isinstance(described, NeuronDescription):
            names = tuple(chain.from_iterable(current_names(described)))
            begin = BeginStates(group, ("V_m", *names), f"{group.name}_begin", self._history.note)
            self._begins[index] = begin
            network.add(begin)
            # In continuous time all that is needed of spikes comes when the network is run again.
            if not self.exact_times:
                known = chain.from_iterable(sensitivity_names(described))
                recorded = (*names, "V_m", *(name for name in known if name is not None))
                release = ReleaseMonitor(group, names, f"{group.name}_released")
                self._releases[index] = release
                network.add(release)
            if self.surrogate is not None:
                name = f"{group.name}_potential"
                self._potentials[index] = StateMonitor(group, "V_m", record=True, name=name)
                network.add(self._potentials[index])
        self._spikes[index] = SpikeStates(group, recorded, f"{group.name}_adjoint")
        network.add(self._spikes[index])

    def backward(self, *losses: Loss | Sequence[Loss], least_slope: float = 0.0) -> Gradient:
        """The gradient of the sum of some losses of what has been run. Collective.

        Parameters
        ----------
        *losses : Loss, or sequence of Loss
            In a network with trials a sequence has one loss for each; one alone is that of all.
        least_slope : float, mV/ms
            Smaller slopes of the potential at a spike count as this one. With 0 they are an
            error: the derivative of the time of the spike does not exist.

        Returns
        -------
        Gradient
            In a network with trials the sum over all; ``gradient[b]`` is that of trial `b`.
        """
        state = self.network._state
        state.built_for("Adjoint.backward", "there is something to go back")
        least_slope = checked_number("backward", "least_slope", least_slope, 0.0, closed=True)
        of_trials = [
            [_of_trial(x, b, self.network.trials) for x in losses]
            for b in range(self.network.trials or 1)
        ]
        if self.network.trials is None:
            return self._back(state, None, of_trials[0], least_slope)
        return of_all_trials(
            self.network,
            lambda of, trial: self._back(of, trial, of_trials[trial], least_slope),
        )

    def _back(
        self, state: NetworkState, trial: int | None, losses: Sequence[Loss], least_slope: float
    ) -> Gradient:
        built = state.built_for("Adjoint.backward", "there is something to go back")
        check_active(built.build.description)
        self._history.check()
        world, tables = current_world(), self._rows(built)
        again = self._again(built, trial, losses)
        recorded = self._recorded(trial, again)
        with raising_together(world, "Adjoint.backward"):
            values = [0.0 if self._runs_again(loss) else loss.evaluate(recorded) for loss in losses]
            if world.rank == 0 and self.surrogate is None:
                self._warn_of_silent(recorded)
        if again is not None:
            of_potentials = [x for x in losses if self._runs_again(x)]
            values += sums_of_losses(world, of_potentials, again)
        run = self._forward(built, recorded, least_slope)
        projections = built.build.description.projections

        def back(world: World) -> BackwardPass:
            worker = built.workers[world.thread]
            rows = list(zip(projections, tables[world.thread], strict=True))
            of_thread = None if again is None else again[world.thread]
            made = BackwardPass(world, worker.build, run, rows, of_thread)
            check_interval(made.interval)
            made.run()
            return made

        passes = built.team.run(back)
        if self._positions is None:
            self._positions = positions_of(world, tables)
        return Gradient.gathered(world, sum(values), passes, self.network, self._positions)

    def recorded(self, trial: int | None = None) -> Recorded:
        """The spikes of the run, for a loss that is looked at without its gradient.

        `trial` is the index of one, in a network with trials. Raises ParameterError if the network
        has not run, or has no such trial.
        """
        built = self.network._state.built_for("Adjoint.recorded", "there are spikes")
        n_trials = self.network.trials
        if (trial is None) != (n_trials is None) or trial not in {None, *range(n_trials or 0)}:
            raise ParameterError(
                "Adjoint.recorded",
                f"trial={trial!r}",
                f"the network has {n_trials or 'no'} trials",
                "leave it out" if n_trials is None else "give the index of one",
            )
        return self._recorded(trial, self._again(built, trial, ()))

    def _recorded(self, trial: int | None, again: Sequence[RunAgain] | None) -> Recorded:
        of = self._spikes, self._potentials, self._traces
        known = again[0].known if again is not None and self.exact_times else None
        return Recorded(self.network, trial, *of, known)

    def _runs_again(self, loss: Loss) -> TypeGuard[VoltageLoss]:
        """Whether the potentials of a loss are computed when the network is run again."""
        return isinstance(loss, VoltageLoss) and (self.exact_times or loss.monitor is None)

    def _again(
        self, built: BuiltNetwork, trial: int | None, losses: Sequence[Loss]
    ) -> list[RunAgain] | None:
        """The run again by each thread, if `exact_times` or losses need it. Collective."""
        if not self.exact_times and not any(map(self._runs_again, losses)):
            return None
        grid, tables = self._recorded(trial, None), self._rows(built)
        groups, projections = built.build.description.groups, built.build.description.projections
        begin = {
            g: grid.monitor(monitor).states(current_names(group))
            for g, monitor in self._begins.items()
            if isinstance(group := groups[g], NeuronDescription)
        }
        of_groups: dict[int, list[VoltageLoss]] = {}
        for loss in losses:
            if self._runs_again(loss):
                loss.begin(self.network.dt, self.network.step - grid.first)
                g = index_in("Adjoint.backward", self.network, loss.source)
                of_groups.setdefault(g, []).append(loss)
        begun = BegunRun(grid.first, self.network.step, grid.steps, begin)

        def again(world: World) -> RunAgain:
            build = built.workers[world.thread].build
            rows = list(zip(projections, tables[world.thread], strict=True))
            traces = {
                g: VoltageTraces(those, self.network.dt, grid.first)
                for g, those in of_groups.items()
            }
            made = RunAgain(world, build, rows, begun, traces, self._spacing, self.exact_times)
            made.run()
            return made

        return built.team.run(again)

    def _trace(self, monitor: StateMonitor) -> None:
        """Record derivatives by time constants where potentials are recorded."""
        group, steps = getattr(monitor.source, "group", None), monitor._steps
        if not isinstance(group, NeuronGroup) or "V_m" not in monitor.record_variables:
            return
        if steps.own_clock is not None or monitor.to is not None:
            return
        described = self.network.description.groups[self._index(group)]
        assert isinstance(described, NeuronDescription)
        if names := tuple(of_V for of_V, _ in sensitivity_names(described)):
            self._traces[monitor.name] = SensitivityTraces(monitor, names)
            self.network.add(self._traces[monitor.name])

    def _index(self, group: SpikeSource) -> int:
        return self.network._members.index_of(group)

    def _rows(self, built: BuiltNetwork) -> list[list[AdjointRows]]:
        """The synapses of each thread, drawn once, and again after other delays were set."""
        description = built.build.description
        delays = [(p.delay, p.dendritic) for p in description.projections]
        if self._drawn_of is None or _differ(self._drawn_of, delays):

            def draw(world: World) -> list[AdjointRows]:
                partition = built.workers[world.thread].build.partition
                with raising_together(world, "Adjoint.backward"):
                    return [
                        AdjointRows.of(description, p, partition) for p in description.projections
                    ]

            self._tables = built.team.run(draw)
            self._positions, self._drawn_of = None, delays
        return self._tables

    def _warn_of_silent(self, recorded: Recorded) -> None:
        for group in self.network.objects:
            if not isinstance(group, SpikeSource):
                continue
            wanted = np.flatnonzero(recorded.by_silent[self._index(group)] < 0.0)
            if wanted.size:
                warnings.warn(
                    f"{group.name}: a loss wants spikes of {wanted.size} neurons that have none, "
                    f"such as {wanted[0]}. What is not there has no derivative: begin with "
                    "larger weights, or give Adjoint a Surrogate.",
                    NoGradientWarning,
                    stacklevel=4 if recorded.trial is None else 6,
                )

    def _forward(self, built: BuiltNetwork, recorded: Recorded, least_slope: float) -> ForwardRun:
        """All that was recorded, with what the losses gave."""
        spikes = []
        for g, group in enumerate(built.build.description.groups):
            step, index = recorded.steps[g]
            given = step, index, recorded.by_time[g], recorded.by_before[g]
            none = np.empty((0, 2, step.size))
            early = recorded.early[g]
            if not isinstance(group, NeuronDescription):
                spikes.append(ForwardSpikes(*given, none[:0, 0], none, none, {}, early))
                continue
            if self.exact_times:
                constants = {of_V: (none, none) for of_V, _ in sensitivity_names(group)}
                spikes.append(ForwardSpikes(*given, none[:0, 0], none, none, constants, early))
                continue
            monitor, names = recorded.monitor(self._spikes[g]), current_names(group)
            at, released = np.zeros((len(names), 2, step.size)), recorded.monitor(self._releases[g])
            after, rows = np.zeros_like(at), iter(_after(built, released, g, step, index))
            for r, variables in enumerate(names):
                for v, variable in enumerate(variables):
                    at[r, v], after[r, v] = monitor.at_spikes(variable), next(rows)
            constants = {
                of_V: (monitor.at_spikes(of_V), monitor.at_spikes(of_x) if of_x else none[:0, 0])
                for of_V, of_x in sensitivity_names(group)
            }
            potential = monitor.at_spikes("V_m")
            spikes.append(ForwardSpikes(*given, potential, at, after, constants, early))
        cut = {
            synapses.name
            for synapses in self.network.objects
            if isinstance(synapses, ReadySynapses) and synapses.stop_spike_gradient
        }
        return ForwardRun(
            recorded.first,
            self.network.step,
            spikes,
            [
                replace(silent, direct=by_silent[silent.index])
                for silent, by_silent in zip(recorded.silent, recorded.by_silent, strict=True)
            ],
            self.surrogate,
            recorded.by_voltage,
            recorded.by_constants,
            recorded.untraced,
            frozenset(cut),
            least_slope,
            self.network.dt,
        )


def _differ(known: Sequence[tuple[object, ...]], now: Sequence[tuple[object, ...]]) -> bool:
    """Whether some are others now, or there are more."""
    pairs = zip(chain.from_iterable(known), chain.from_iterable(now), strict=False)
    return len(known) != len(now) or any(one is not other for one, other in pairs)


def _after(
    built: BuiltNetwork, monitor: ReleaseMonitor, g: int, step: np.ndarray, index: np.ndarray
) -> np.ndarray:
    """Variables of receptors (float64 (variables, spikes)) when neurons are released."""
    rows = monitor.rows
    released = np.zeros((rows.shape[1] - 2, step.size))
    if not rows.size or not step.size:
        return released
    size = built.build.description.groups[g].size
    refractory = np.zeros(size, dtype=np.int64)
    for thread in range(len(built.workers)):
        build = built.workers[thread].build
        for part in build.partition.ranges[g]:
            lids = slice(part.first_lid, part.first_lid + part.stop - part.start)
            refractory[part.start : part.stop] = refractory_steps(build, g)[lids]
    refractory = np.max(current_world().allgather_object(refractory), axis=0)
    begin = rows[:, 0].astype(np.int64) - refractory[rows[:, 1].astype(np.int64)]
    code = step * size + index
    at = np.searchsorted(code, begin * size + rows[:, 1].astype(np.int64))
    inside = at < code.size
    inside[inside] = code[at[inside]] == (begin * size + rows[:, 1].astype(np.int64))[inside]
    released[:, at[inside]] = rows[inside, 2:].T
    return released


def _of_trial(loss: Loss | Sequence[Loss], trial: int, n_trials: int | None) -> Loss:
    """The loss of a trial.

    Raises ParameterError if it is none.
    """
    if isinstance(loss, Loss):
        return loss
    if isinstance(loss, Sequence) and len(loss) == n_trials and isinstance(loss[trial], Loss):
        return loss[trial]
    raise ParameterError(
        "backward",
        f"the loss {loss!r}",
        "losses are objects of Loss, or of each trial one, in a network with trials",
        "give those",
    )
