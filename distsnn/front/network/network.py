"""The network of users: objects that run together."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Self

from distsnn.describe.checks.arguments import check_namespace
from distsnn.describe.checks.constructors import known_names
from distsnn.describe.checks.paths import check_paths
from distsnn.describe.checks.settable import BETWEEN_RUNS
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.recording_file import RecordingFile
from distsnn.describe.values.given import checked_dt
from distsnn.display.cards import network_card, shown_as
from distsnn.exchange import current_world
from distsnn.front.callbacks.schedule import checked_schedule
from distsnn.front.circuits.sonata_methods import from_sonata, write_sonata
from distsnn.front.names.scope import (
    checked_seed,
    checked_threads,
    current_seed,
    current_threads,
    run_listeners,
    seed_calls,
    set_last_run,
    user_names,
)
from distsnn.front.names.scope_method import OfScopeToo
from distsnn.front.names.si_numbers import InSI
from distsnn.front.network.called.scheduling import SchedulingSummary, scheduling_of
from distsnn.front.network.members import flattened
from distsnn.front.network.network_origin import NetworkOrigin
from distsnn.front.network.network_settings import NetworkSettings
from distsnn.front.network.network_state import NetworkState
from distsnn.front.network.object_container import ObjectContainer, network_name
from distsnn.front.network.object_values import ObjectValues
from distsnn.front.network.run_arguments import (
    checked_report,
    checked_spacing,
    checked_switches,
    checked_time,
    checked_trials,
    refuse_others,
    run_of_circuit,
)
from distsnn.front.network.running import RunOptions, Runs, begin_call
from distsnn.front.network.saved.saving import Saving
from distsnn.front.network.trials.trial_saving import trials_of
from distsnn.front.recording.trace_recording import TraceFiles
from distsnn.front.synapses.synapses_base import Synapses
from distsnn.run.summary import RunSummary


@known_names
@shown_as(network_card)
class Network(ObjectContainer, NetworkOrigin, NetworkSettings, InSI):
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
    name : str, optional
        As of Brian 2; nothing depends on it.
    trials : int, optional
        Number of copies of all states, with the same synapses: trial 0 is what the network without
        `trials` is, and others draw other initial states, noise and input. Monitors have ``[b]``.
    trial : int, optional
        Be this trial alone, with the same bits.
    divide : "trials" or "neurons", optional
        What ranks divide among themselves in a network with trials. By default trials, which needs
        no exchange, if each rank has memory for all synapses.

    Raises
    ------
    ParameterError
        If an object is none of these, two have one name, or `dt` or `threads` is not positive.

    Examples
    --------
    >>> import distsnn as snn
    >>> cells = snn.NeuronGroup(10, snn.LIF(I_e=400 * snn.pA), name="cells")
    >>> net = snn.Network(cells, dt=0.1 * snn.ms, seed=1)
    >>> net.run(50 * snn.ms).spikes
    10
    """

    SETTABLE = {"schedule": BETWEEN_RUNS}

    def __init__(
        self,
        *objects: Any,
        dt: float | None = None,
        seed: int | None = None,
        threads: int | None = None,
        name: str = "network*",
        trials: int | None = None,
        trial: int | None = None,
        divide: str | None = None,
    ) -> None:
        self._name = network_name(name)
        n_trials, number = checked_trials(trials, trial, divide)
        self._state = NetworkState(
            None if dt is None else checked_dt("Network", dt),
            0,
            checked_threads("Network", current_threads() if threads is None else threads),
            seed_calls=seed_calls() if seed is None else None,
            trial=number or 0,
            by_trial=number is not None,
            n_trials=n_trials,
            divide=divide or "",
        )
        self._state.set_seed(checked_seed("Network", current_seed() if seed is None else seed))
        self._members = self._state.members
        if n_trials is None:
            self._values, self._runs = ObjectValues(self._state), Runs(self._state)
            self._saving = Saving(self._state, self._runs)
        else:
            self._values, self._runs, self._saving = trials_of(self._state, n_trials)
        self._state.object_values = self._values
        self.add(*objects)

    write_sonata = write_sonata
    from_sonata = classmethod(from_sonata)  # type: ignore[var-annotated]  # it is generic

    # ---- its objects

    def add(self, *objects: Any) -> None:
        """Add objects; after a run they take part from the next one on.

        Synapses that are added after a run do not see the spikes of before.
        """
        self._values.take(objects)

    def remove(self, *objects: Any) -> None:
        """Remove objects; after a run they keep their values, and `add` lets them take part again.

        Parameters
        ----------
        *objects : objects of the network, or lists of them

        Raises
        ------
        ParameterError
            If one is not part of it. By the next run: if others refer to one.
        """
        for item in flattened(objects):
            self._members.remove(item, self.built)

    def __delitem__(self, name: str) -> None:
        self.remove(self[name])

    def scheduling_summary(self) -> SchedulingSummary:
        """The parts of all objects in the order in which they act in a time step; print it."""
        return scheduling_of(self._members, self._state.next_dt, self._state.schedule)

    @property
    def schedule(self) -> list[str]:
        """Slots of a time step, in their order.

        Slots of one's own may be added, for network operations; None means that of Brian 2.
        """
        return list(self._state.schedule)

    @schedule.setter
    def schedule(self, schedule: Sequence[str] | None) -> None:
        given = None if schedule is None else checked_schedule("Network.schedule", schedule)
        self._state.given_schedule = given

    # ---- what it is

    @property
    def built(self) -> bool:
        """Whether the network has been built (by its first run)."""
        return self._state.built is not None

    @property
    def t(self) -> float:
        """Biological time reached, ms."""
        return self._state.t

    @property
    def step(self) -> int:
        """The step that comes next."""
        return self._state.step

    @property
    def description(self) -> NetworkDescription:
        """Everything that defines the result, as it is now; its digest names it."""
        return self._state.description

    @property
    def generated_code(self) -> str:
        """Source of the program of this rank, block by block in the order of a time step.

        Raises
        ------
        ParameterError
            If the network has not been built, which its first run does.
        """
        built = self._state.built_for("Network.generated_code", "code is generated")
        return built.generated_code(self._members.monitors)

    @property
    def files(self) -> dict[str, str]:
        """The files that monitors write, by what each is for."""
        return TraceFiles(current_world(), self._members.monitors).files

    @property
    def profiling_info(self) -> list[tuple[str, float]]:
        """Phases of the last run and their wall times, ms; it must have had ``profile=True``."""
        return self._state.last_profile

    def unit_of(self, name: str) -> str:
        """Unit of an attribute: times."""
        return "second" if name in {"t", "dt"} else "1"

    # ---- what all ranks do

    def run(  # noqa: PLR0913 - a command's options
        self,
        duration: float | None = None,
        report: object = None,
        report_period: float | None = None,
        *,
        progress: bool | None = None,
        record: str | os.PathLike[str] | RecordingFile | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        every: float | None = None,
        overwrite: bool = False,
        force: bool = False,
        namespace: Mapping[str, Any] | None = None,
        profile: bool | str | os.PathLike[str] = False,
        **other: Any,
    ) -> RunSummary:
        """Simulate `duration` more. Every rank must call this, with the same arguments.

        Parameters
        ----------
        duration : float, ms
            Without it a network of `from_sonata` runs as its configuration says, with its files.
            The run ends with the step that reaches the sum of all durations: two runs of 0.25 ms
            take three and two steps of 0.1 ms.
        report : str, bool or function, optional
            As in Brian 2: ``"text"`` or ``"stdout"`` shows the bar of biological time on standard
            output, ``"stderr"`` or True on standard error; a function is called on rank 0 with
            the wall time so far (ms), the completed fraction, the time at the start of the run
            (ms) and its duration (ms): at the start, every `report_period`, and at the end.
        report_period : float, ms, optional
            Wall time between two reports, 10 s for functions.
        progress : bool, optional
            Show progress on rank 0, by default of what lasts longer than a second: synapses while
            building, then biological time, real-time factor, spikes, memory and remaining time, by
            a bar on terminals and in notebooks, by a line every ten seconds in logs.
        record : path or RecordingFile, optional
            Write the spikes of all groups to this SONATA file; further runs continue it.
        checkpoint : path, optional
            Save to this file at the end, when a signal ends the run, and `every` so often.
        every : float, ms, optional
            Save at the multiples of this time, rounded to a step.
        overwrite : bool
            Replace files that are there already.
        force : bool
            Build the network even if the hosts have less memory than it needs.
        namespace : mapping, optional
            Meaning of names in expressions; by default the variables of the calling code.
        profile : bool or path
            Keep the times of all phases for `profiling_summary`. A path also writes a timeline of
            all ranks there, for ui.perfetto.dev or `distsnn.plot.timeline`.

        Returns
        -------
        RunSummary
            Time per phase and memory of all ranks; print it.

        Raises
        ------
        ParameterError
            If `duration` is negative or not finite, `every` is not positive, or an object refers
            to one that is not part of the network.
        FileError
            If a file is there already or cannot be written.
        NotEnoughMemoryError
            If the network needs more memory than there is; nothing large was allocated yet.
        RankError
            If another rank failed.
        SystemExit
            With status 75, on all ranks, after SIGTERM or SIGUSR1 on any: all have finished the
            same interval, saved the network if there is a `checkpoint`, and closed the recording,
            which goes on when the network is loaded. SIGINT does the same and raises
            KeyboardInterrupt; a second one ends the process at once.

        Warns
        -----
        NotFiniteWarning
            On rank 0, of each variable that holds NaN or infinity at the end, once.
        """
        given = {n: x for n, x in locals().items() if n not in {"self", "other"}}
        refuse_others(other)
        timeline = checked_switches(progress, profile, overwrite=overwrite, force=force)
        check_namespace("Network.run", namespace)
        told = checked_report(report, report_period, progress)
        if duration is None:
            duration, record, overwrite = run_of_circuit(self._state, record, overwrite)
        duration = checked_time("duration", duration, self.dt)
        spacing = None if every is None else checked_spacing(every, checkpoint, self.dt)
        check_paths("Network.run", checkpoint=checkpoint)
        to = None if record is None else RecordingFile.of(record)
        around = user_names() if namespace is None else namespace
        again = partial(Network.run, self, **given | {"namespace": around})
        if any(told_of_run(self, again) for told_of_run in run_listeners):
            return None  # type: ignore[return-value]  # a device of Brian 2 runs it later
        set_last_run(self)
        compared = {"duration": duration, "dt": self.dt, "record": to, "checkpoint": checkpoint}
        compared |= {"every": every, "overwrite": overwrite, "force": force, "profile": timeline}
        world = begin_call(self._state, "Network.run", around, **compared)
        options = RunOptions(told, to, checkpoint, spacing, overwrite, force, timeline)
        summary = self._runs.run(world, duration, options)
        self._state.profile = summary.profile if profile else None
        return summary

    def stop(self) -> None:
        """End the run with the present step; for network operations, which all ranks call."""
        self._values.stop()

    def save(self, path: str | os.PathLike[str], overwrite: bool = False) -> None:
        """Save the network as it is now. Every rank must call this.

        The file holds the whole state: variables, spikes on their way, what monitors have
        recorded, how far a recording has come. It does not hold the description, so `load` needs
        the same network, but on any number of ranks.

        Parameters
        ----------
        path : path
            It appears when it is whole.
        overwrite : bool
            Replace a file that is there already. One that this network was loaded from or saved
            to is always replaced.

        Raises
        ------
        FileError
            If the file is there already or cannot be written.

        Examples
        --------
        >>> import os, tempfile
        >>> import distsnn as snn
        >>> def network():
        ...     cells = snn.NeuronGroup(10, snn.LIF(I_e=400 * snn.pA), name="cells")
        ...     return snn.Network(cells)
        >>> path = os.path.join(tempfile.mkdtemp(), "state.h5")
        >>> net = network()
        >>> summary = net.run(30 * snn.ms)
        >>> net.save(path)
        >>> again = network()
        >>> again.load(path).t
        30.0
        >>> again.run(30 * snn.ms).spikes
        10
        """
        self._saving.save(path, overwrite)

    @OfScopeToo
    def load(self, path: str | os.PathLike[str], force: bool = False) -> Self:
        """Go on from a checkpoint of the same network. Every rank must call this.

        ``net.load(path)`` continues a network; ``Network.load(path)`` that of `run` on its own, of
        all objects that the calling code sees. The checkpoint has the state of a network that the
        script describes again, and knows whether it is the same.

        The next `run` continues bit for bit as if the network had not been interrupted, on any
        number of ranks; its ``record=`` goes on in the file that was being recorded.

        Parameters
        ----------
        path : path
            Written by `save` or ``run(checkpoint=)``.
        force : bool
            Build the network even if the hosts have less memory than it needs.

        Returns
        -------
        Network
            The network that goes on.

        Raises
        ------
        FileError
            If it is no whole checkpoint, or a monitor of the same name recorded something else.
        ParameterError
            If the network is another one than was saved; the message names the difference.
        NotEnoughMemoryError
            If the network needs more memory than there is.
        """
        set_last_run(self)
        self._saving.load(path, force)
        return self

    def store(self, name: str = "default", filename: str | os.PathLike[str] | None = None) -> None:
        """Keep the state as it is now, for `restore`; as in Brian 2. Every rank must call this.

        Parameters
        ----------
        name : str
        filename : path, optional
            Keep it in this file, as `save` does; a state with a name with that at its end.
        """
        self._saving.store(name, filename)

    def restore(
        self,
        name: str = "default",
        filename: str | os.PathLike[str] | None = None,
        restore_random_state: bool = False,
    ) -> None:
        """Go back to a state that `store` has kept. Every rank must call this.

        Parameters
        ----------
        name : str
        filename : path, optional
            The file in which it is.
        restore_random_state : bool
            Whether the next run draws the random numbers that it drew before. If not, each trial
            draws its own, as in Brian 2; `seed` before the run says which.

        Raises
        ------
        UnknownNameError, ParameterError
            If no state of this name has been stored, or there are other objects.
        """
        set_last_run(self)
        self._saving.restore(name, filename, restore_random_state)

    def write_weights(
        self,
        to: str | os.PathLike[str] | RecordingFile,
        synapses: Synapses | Iterable[Synapses] | None = None,
        overwrite: bool = False,
    ) -> None:
        """Write synapses with their weights and delays as they are now. Every rank must call this.

        The file has edges of SONATA, sorted by source, target and index within the pair:
        ``syn_weight`` and ``delay`` of built-in synapses, all variables of those with equations.
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
        self._saving.write_weights(to, synapses, overwrite)
