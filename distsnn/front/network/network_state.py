"""The state of a network at any moment, and what ranks compare before a call on it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from distsnn.describe.clocks import Clocks
from distsnn.describe.network_description import NetworkDescription, StepDraws
from distsnn.describe.outline import lines_of, outline
from distsnn.describe.recorded_groups import RecordedAs
from distsnn.describe.step_order import StepOrder
from distsnn.errors import ParameterError
from distsnn.exchange import Call, World
from distsnn.front.callbacks.schedule import completed, default_schedule
from distsnn.front.names.scope import current_seed, defaultclock, seed_calls
from distsnn.front.network.built_network import BuiltNetwork
from distsnn.front.network.called.input_places import with_inputs
from distsnn.front.network.called.step_places import seeing_places, with_order
from distsnn.front.network.members import Members
from distsnn.front.recording.run_history import RunHistory
from distsnn.record.files.header import RecordingHeader
from distsnn.record.files.provenance import Provenance

if TYPE_CHECKING:
    from distsnn.assemble.rank.rank import RankBuild
    from distsnn.sonata.circuit_output import CircuitOutput

_SHORT = 200


class ComparedCalls:
    """Makes calls that ranks compare, with what has been assigned since the last comparison."""

    def __init__(self) -> None:
        self._assigned: dict[str, str] = {}

    def note(self, where: str, assigned: object) -> None:
        """Remember an assignment that is no part of the description.

        Parameters
        ----------
        assigned : object
            A description of the assignment.
        """
        index = len(self._assigned)
        for key, text in lines_of(f"{where}, values set after the first run", assigned).items():
            self._assigned[f"{key} ({index})"] = text

    def call(
        self,
        name: str,
        arguments: Mapping[str, object],
        described: tuple[NetworkDescription, int, Sequence[Any]],
    ) -> Call:
        """A call that all ranks must make alike.

        Parameters
        ----------
        arguments : mapping of str to object
        described : (NetworkDescription, int, sequence of monitors)
            The network as it is now, the number of its threads, and its monitors.
        """
        description, threads, monitors = described
        lines = {"threads": str(threads), "draws": str(description.draws)}
        lines["monitors"] = ", ".join(f"{type(m).__name__} {m.name}" for m in monitors)
        lines |= {str(m.name): _recorded(m) for m in monitors}
        lines |= self._assigned
        rest = _digest(repr(lines))
        return Call(
            name,
            arguments,
            description.digest + rest,
            lambda: outline(description) | lines,
        )

    def agreed(self) -> None:
        """Forget assignments that all ranks have made."""
        self._assigned = {}


def _recorded(monitor: Any) -> str:
    """A short description of what a monitor records."""
    text = f"recording {monitor.settings} to {getattr(monitor, 'to', None) or 'memory'}"
    text += "" if monitor.active else ", not active"
    return text if len(text) < _SHORT else f"recording something with digest {_digest(text)[:12]}"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


class NotRunYetError(ParameterError, NotImplementedError):
    """Values were asked for of runs that a device of Brian 2 has postponed."""


@dataclass
class NetworkState:
    """The objects and settings of a network, and what has been built. Reading changes nothing.

    Attributes
    ----------
    given_dt : float, ms, or None
        Time step; None for that of `defaultclock`.
    seed : int
        Seed of all random draws.
    threads : int
        Number of threads of each rank.
    members : Members
    built : BuiltNetwork or None
    calls : ComparedCalls
    origin : dict
        What made the network, as plain values.
    parameters : dict
        Parameters of the model, for its files.
    history : RunHistory
        The runs that its files name.
    reporting : bool
        Whether a function of the user is told how far a run has come.
    stopped_by : str
        The error after which the network cannot run on; empty if it can.
    broken : bool
        Whether its values after that are those of no single step.
    recorded_as : mapping of str to RecordedAs
        Groups that have other names or ids in recordings, by name.
    output : CircuitOutput or None
        The run that the configuration of a circuit asks for, if the network is that of one.
    draws : StepDraws or None
        What the next steps draw, if not what the seed says.
    trial : int
        Its trial, where the network is one of several that differ in what steps draw; else 0.
    trials : int
        Number of states that were restored without their random numbers since the seed was set.
    by_trial : bool
        Whether it is a trial, so that objects may have values by trial.
    n_trials : int or None
        Number of trials of a network that has some; None else.
    divide : str
        What ranks divide where there are trials: ``"trials"``, ``"neurons"``, or empty for what
        needs least.
    reached : int or None
        The step that all trials of a network have reached; None without trials.
    first : list of RankBuild or None
        Of a trial beside others: what they share; see `BuildOptions`.
    seed_calls : int or None
        How often `seed` had been called when the network took note; None if it has a seed of its
        own.
    given_schedule : tuple of str or None
        Slots of a time step in their order; None for the default.
    call_time : float, ms, or None
        What the clock shows while objects of users are called; None when they are not.
    profile : list of (str, float) or None
        Wall time (ms) of each phase of the last run, if it was asked for.
    stopping : bool
        Whether the run ends with the present step.
    object_values : ObjectValues or None
        Answers what objects ask of their network.
    extended : bool
        Whether objects have been added since the last run.
    run_pending : callable or None
        Does the runs that a device of Brian 2 has postponed; None if there are none.
    """

    given_dt: float | None
    seed: int
    threads: int
    members: Members = field(default_factory=Members)
    built: BuiltNetwork | None = None
    calls: ComparedCalls = field(default_factory=ComparedCalls)
    origin: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    history: RunHistory = field(default_factory=RunHistory)
    reporting: bool = False
    stopped_by: str = ""
    broken: bool = False
    recorded_as: Mapping[str, RecordedAs] = field(default_factory=dict)
    output: CircuitOutput | None = None
    draws: StepDraws | None = None
    trial: int = 0
    trials: int = 0
    by_trial: bool = False
    n_trials: int | None = None
    divide: str = ""
    reached: int | None = None
    first: list[RankBuild] | None = None
    seed_calls: int | None = None
    given_schedule: tuple[str, ...] | None = None
    call_time: float | None = None
    profile: list[tuple[str, float]] | None = None
    stopping: bool = False
    object_values: Any = None
    extended: bool = False
    run_pending: Callable[[], None] | None = None

    @property
    def last_profile(self) -> list[tuple[str, float]]:
        """`profile`, for users.

        Raises ParameterError if there is none.
        """
        if self.profile is None:
            raise ParameterError(
                "Network.profiling_info", "the last run made no profile",
                "run(..., profile=True) makes one", "run the network so",
            )  # fmt: skip
        return self.profile

    def provenance(self, world: World) -> Provenance:
        """The provenance of the files that are written now. Collective."""
        return self.history.provenance(world, self.threads, self.parameters, self.origin)

    def header(self, world: World, of: NetworkDescription, step: int) -> RecordingHeader:
        """Facts of a file that begins at a step. Collective."""
        made_by = self.provenance(world)
        return RecordingHeader(
            of.seed, of.dt, of.digest, start_step=step, end_step=step, provenance=made_by
        )

    @property
    def next_dt(self) -> float:
        """Time step of the next run, ms."""
        return float(defaultclock.dt) if self.given_dt is None else self.given_dt

    @property
    def dt(self) -> float:
        """Time step, ms, of what has been built; of the next run if nothing has."""
        return self.clocks[0]

    @property
    def clocks(self) -> tuple[float, Clocks]:
        """Time step, ms, and those of objects that have another one; see `Members.clocks`."""
        if self.built is None:
            return self.members.clocks(self.next_dt)
        return self.built.dt, self.built.base.clocks

    @property
    def has_other_clocks(self) -> bool:
        """Whether time steps have been set since the network was built."""
        return self.built is not None and self.members.clocks(self.next_dt) != self.clocks

    @property
    def schedule(self) -> tuple[str, ...]:
        """Slots of a time step in their order."""
        return default_schedule[0] if self.given_schedule is None else self.given_schedule

    @property
    def complete_schedule(self) -> tuple[str, ...]:
        """The same with all slots in which groups and synapses may act."""
        return completed(self.schedule)

    @property
    def changes(self) -> int:
        """Number of changes of the time step since the first run."""
        return 0 if self.built is None else self.built.base.changes

    def built_for(self, call: str, what: str) -> BuiltNetwork:
        """The built network, for a `call` that needs `what` the first run does.

        Raises ParameterError if the network has not run.
        """
        if self.built is None:
            raise ParameterError(
                call,
                "the network has not run",
                f"{what} by the first run",
                "run it, for 0 ms if nothing shall change",
            )
        return self.built

    def check_values(self, where: str = "Network", loads: bool = False) -> None:
        """Raise ParameterError if values cannot be read and set now, or others be loaded."""
        if self.run_pending is not None:
            raise NotRunYetError(
                where,
                "values were asked for before the run",
                "with set_device(..., build_on_run=False) run() runs at device.build()",
                "call device.build() before",
            )
        if self.reporting:
            raise ParameterError(
                where,
                "its values were asked for by the function that run(report=...) calls",
                "that function is called on one rank, at moments which depend on the clock",
                "record values, or read them after the run",
            )
        if self.broken and not loads:
            raise ParameterError(
                where,
                f"its last run broke off within a step: {self.stopped_by}",
                "its values are those of no single time",
                "load a checkpoint, or make a new Network",
            )

    def run_postponed(self) -> None:
        """Do the runs that a device of Brian 2 has postponed."""
        if self.run_pending is not None:
            self.run_pending()

    def check_run(self) -> None:
        """Raise ParameterError if the network cannot run on."""
        if self.stopped_by:
            raise ParameterError(
                "Network.run",
                f"the last run stopped at {self.t:g} ms: {self.stopped_by}",
                "a network does not run on after a file has failed",
                "read or save its values, load a checkpoint, or make a new Network",
            )

    def set_dt(self, dt: float) -> None:
        """Take a time step (ms), as the clock does in Brian 2 when a network is loaded."""
        if self.given_dt is None:
            defaultclock.dt = dt
        else:
            self.given_dt = dt

    def take_seed(self) -> None:
        """Draw from now on by the seed that was set last, if one was since the last look."""
        if self.seed_calls is not None and self.seed_calls != seed_calls():
            self.seed_calls, self.trials = seed_calls(), 0
            self.draws = StepDraws(current_seed(), self.trial)

    def begin_trial(self, draws: StepDraws | None) -> None:
        """Draw random numbers of the next trial of what was drawn before."""
        self.trials += 1
        self.draws = StepDraws(self.seed if draws is None else draws.seed, self.trials)

    def set_seed(self, seed: int) -> None:
        """Draw everything by a seed; the steps of a trial draw numbers of their own."""
        self.seed = seed
        self.draws = StepDraws(seed, self.trial) if self.trial else None

    @property
    def step(self) -> int:
        """The step that comes next."""
        if self.reached is not None:
            return self.reached
        return 0 if self.built is None else self.built.step

    @property
    def t(self) -> float:
        """Biological time reached, ms."""
        return self.step * self.dt if self.call_time is None else self.call_time

    @property
    def description(self) -> NetworkDescription:
        """Everything that defines the result, as it is now."""
        found = self.members.describe(self.clocks, self.seed, self.changes, self.draws)
        before = StepOrder() if self.built is None else self.built.base.order
        inputs = [one for one in self.members.inputs if one.is_statement]
        read = seeing_places(self.members) if inputs else []
        found = with_inputs(found, inputs, read)
        found = with_order(found, self.complete_schedule, self.members, before)
        if found.divides_synapses:
            found = with_inputs(found, inputs, read, among=True)
        return found

    @property
    def base(self) -> NetworkDescription:
        """The network as it was built; as it is now if it has not been."""
        return self.description if self.built is None else self.built.base
