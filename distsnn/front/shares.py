"""What the threads of this rank hold of a network that has been built."""

from __future__ import annotations

from dataclasses import dataclass

from distsnn.build.rank import RankBuild
from distsnn.exchange import World
from distsnn.run.engine import Engine
from distsnn.run.state import SimulationState


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
