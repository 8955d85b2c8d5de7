"""Building a network: what each thread of a rank makes of its parts before the first step."""

from __future__ import annotations

import logging
from time import perf_counter

from distsnn.assemble.rank.rank import RankBuild, build_rank
from distsnn.assemble.recognition.recognize import recognized, recognized_as
from distsnn.assemble.tables.build_tables import no_progress
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.probes import Probe
from distsnn.describe.synapses.equation_based import Statements
from distsnn.exchange import Team, World, raising_together
from distsnn.forecast.bandwidth import measure_bandwidth
from distsnn.forecast.enough_memory import check_memory
from distsnn.front.network.network_parts import NetworkParts
from distsnn.front.network.settings_between_runs import Settings, settings_of
from distsnn.front.network.thread_shares import Share, say_what_is_not_divided
from distsnn.front.neurons.neuron_group import NeuronGroup
from distsnn.front.synapses.equation_synapses import EquationSynapses
from distsnn.front.synapses.synapses_base import Synapses
from distsnn.run.engine import Engine
from distsnn.run.progress import BuildProgress
from distsnn.run.summary import SynapsesWay

TABLE, PLASTIC, CODE = "table", "plastic table", "generated code"
_log = logging.getLogger("distsnn")


class NetworkBuilds(NetworkParts):
    """What a network is once it has been built.

    Parameters are those of `NetworkParts`.
    """

    def __init__(self, dt: float | None, seed: int, threads: int) -> None:
        super().__init__(dt, seed, threads)
        self._probes: list[Probe | None] = []
        self._team: Team | None = None
        # One for each thread, once the network has been built.
        self._shares: list[Share] = []
        # As it was built; what is assigned later is state.
        self._base: NetworkDescription | None = None
        # What had been set then, by object.
        self._settings: dict[str, Settings] = {}
        # Synapses whose traces must be there, by index; see `recognized`.
        self._kept: set[int] = set()
        self._seconds = {"build": 0.0, "compiling": 0.0}
        # Whether to build it however much memory it takes.
        self._forced = False
        # Of each thread; measured once.
        self._bandwidths: list[float] = []
        # Variables of which was said that they hold NaN or infinity.
        self._warned: set[tuple[str, str]] = set()

    @property
    def t(self) -> float:
        """Biological time reached, ms."""
        return self.step * self._dt

    @property
    def step(self) -> int:
        """Number of the step that comes next."""
        return self._engine.step if self._engine else 0

    @property
    def built(self) -> bool:
        """Whether the network has been built (by its first run)."""
        return bool(self._shares)

    @property
    def _engine(self) -> Engine | None:
        """The engine of the first thread."""
        return self._shares[0].engine if self._shares else None

    @property
    def _built(self) -> RankBuild | None:
        """What the first thread has built; what does not depend on threads is asked here."""
        return self._shares[0].built if self._shares else None

    @property
    def _builds(self) -> list[RankBuild]:
        return [share.built for share in self._shares]

    @property
    def _engines(self) -> list[Engine]:
        return [share.engine for share in self._shares]

    def _by_rule(self) -> list[str]:
        """Names of the synapses in which a rule was recognized; none before the first run."""
        synapses = () if self._built is None else self._built.description.synapses
        return [s.name for s in synapses if s.pair is not None]

    def _recognized_now(self) -> NetworkDescription:
        """The description as it is now, in which the same is recognized as in what was built."""
        assert self._built is not None
        return recognized_as(self.description, self._built.description)

    def _prepare(
        self, world: World, progress: bool, base: NetworkDescription | None = None
    ) -> Engine:
        """Build the network unless it is built, as it is or from another description.

        The engine of the first thread.
        """
        begin = perf_counter()
        if self._team is not None and self._shares:
            self._team.run(lambda own: self._shares[own.thread].engine.set_program())
            self._seconds["compiling"] += perf_counter() - begin
            return self._shares[0].engine
        self._team = team = Team(world, self.threads)
        with raising_together(world, "building"):
            for member in (*self.groups, *self.synapses):
                if isinstance(member, NeuronGroup | EquationSynapses):
                    member.check_names()
                if isinstance(member, Synapses):
                    member.check_connected()
            self._base = description = base or self.description
            self._settings = self._settings or settings_of(self.described_parts)
            self._probes = [
                monitor.describe_probe(self._number_of(monitor.source)) for monitor in self.monitors
            ]
            probes = [probe for probe in self._probes if probe is not None]
            description = recognized(description, self._kept, probes)
        if not self._forced:
            check_memory(world, description, self.threads)
        with raising_together(world, "building"):
            begin = perf_counter()
            expected = sum(
                p.rule.expected_number(p.source.size, p.target.size, p.shift)
                for p in description.projections
            ) / (world.size * self.threads)
            bar = BuildProgress(progress and world.rank == 0, expected)
            try:
                builds = team.run(
                    lambda own: build_rank(
                        description,
                        own.rank,
                        own.size,
                        bar.add if own.thread == 0 else no_progress,
                        probes,
                    )
                )
            finally:
                bar.close()
            self._seconds["build"] = perf_counter() - begin
        begin = perf_counter()
        self._shares = team.run(lambda own: Share.of(own, builds[own.thread]))
        self._seconds["compiling"] = perf_counter() - begin
        if world.rank == 0:
            self._say_methods()
            for way in self._ways():
                _log.info("synapses %s", way)
            say_what_is_not_divided(self._builds[0].description, team.worlds[0].size)
        return self._shares[0].engine

    def take_settings(self) -> None:
        """Let what runs already know of what has been set; called by the inputs."""
        if not self._shares:
            return
        description = self._recognized_now()
        for share in self._shares:
            share.built.update(description)
            share.engine.set_arrays()

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

    def _ways(self) -> tuple[SynapsesWay, ...]:
        """How the synapses of each object act."""
        assert self._built is not None
        return tuple(
            SynapsesWay(s.name, CODE, s.effect.reason)
            if isinstance(s.effect, Statements)
            else SynapsesWay(s.name, TABLE if s.effect.stdp is None else PLASTIC, "")
            for s in self._built.description.synapses
        )

    def _measure_bandwidth(self) -> list[float]:
        assert self._team is not None
        if not self._bandwidths:
            self._bandwidths = self._team.run(measure_bandwidth)
        return self._bandwidths
