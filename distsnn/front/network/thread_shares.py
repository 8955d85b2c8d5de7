"""What the threads of this rank hold of a network that has been built."""

from __future__ import annotations

from dataclasses import dataclass

from distsnn.assemble.rank.rank import RankBuild
from distsnn.describe.network_description import NetworkDescription
from distsnn.exchange import World
from distsnn.exchange.worlds.threads import warn_once
from distsnn.layout.colocated import groups_together
from distsnn.run.engine import Engine
from distsnn.run.state.checkpoint_state import SimulationState
from distsnn.run.summary import Clock, RankReport, peak_memory


def say_what_is_not_divided(description: NetworkDescription, size: int) -> None:
    """Warn of groups that stay whole although there are several ranks or threads."""
    if size == 1:
        return
    for together in groups_together(description):
        names = ", ".join(description.groups[g].name for g in together)
        warn_once(
            f"{names}: on one rank as a whole, since statements of synapses write to their sources "
            "there (x_pre = ...), or read what events of the same step change (x_pre)"
        )


@dataclass(frozen=True, eq=False)
class Share:
    """The neurons of one thread, with their synapses, and what advances them.

    Attributes
    ----------
    world : World
        As the thread sees it; the ranks themselves, if each has one thread.
    built : RankBuild
    engine : Engine
    simulation : SimulationState
    """

    world: World
    built: RankBuild
    engine: Engine
    simulation: SimulationState

    @classmethod
    def of(cls, world: World, built: RankBuild) -> Share:
        """Make what was built ready to run. Collective among all threads."""
        engine = Engine(world, built)
        return cls(world, built, engine, SimulationState(world, engine))

    def report(self, clock: Clock, wall_seconds: float) -> RankReport:
        """The part of this thread in the summary of a run that took so long."""
        built = self.built
        return RankReport(
            clock,
            wall_seconds,
            built.n_local,
            built.n_synapses,
            sum(table.n_bytes for table in built.tables),
            peak_memory() // self.world.n_threads,
            self.engine.watch.found(self.engine.step),
        )
