"""The threads of this rank, each with the neurons that it advances."""

from __future__ import annotations

from dataclasses import dataclass

from distsnn.assemble.rank.rank import RankBuild
from distsnn.describe.network_description import NetworkDescription
from distsnn.exchange import World
from distsnn.exchange.worlds.threads import warn_once
from distsnn.layout.colocated import colocated_groups
from distsnn.run.engine import Engine
from distsnn.run.state.checkpoint_state import SimulationState
from distsnn.run.summary import PhaseTimes, RankReport, peak_memory


def warn_of_undivided_groups(description: NetworkDescription, size: int) -> None:
    """Warn of groups that stay whole although there are several ranks or threads."""
    if size == 1:
        return
    for colocated in colocated_groups(description):
        names = ", ".join(description.groups[g].name for g in colocated)
        warn_once(
            f"{names}: on one rank as a whole, since statements there write to the sources of "
            "synapses (x_pre = ...), read what events of the same step change (x_pre), or read or "
            "set linked variables"
        )


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
