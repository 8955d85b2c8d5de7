"""The state of a rank for another build of a network, which has further objects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from distsnn.assemble.rank.rank import RankBuild
from distsnn.assemble.tables.short_term_state import plasticities
from distsnn.codegen.program_arguments import Argument, OfEfficacy, OfHistory, OfTraces
from distsnn.exchange import World
from distsnn.run.state.checkpoint_state import SimulationState, path_of_ring
from distsnn.run.state.plastic_state import FLUSHED
from distsnn.run.state.state_in_memory import StateInMemory

_OF_SOURCES = {"releases": OfEfficacy, "traces": OfTraces}
# Values of all ranks that one exchange moves.
_BLOCK = 1 << 22


@dataclass(frozen=True, eq=False)
class _Part:
    """A rank's values of an array of `size`: where they belong, and which are its own to give."""

    index: np.ndarray
    values: np.ndarray
    local: np.ndarray
    size: int


class StateByIndex:
    """The state of one rank, which knows where in the network each value belongs."""

    def __init__(self, step: int) -> None:
        self.step = step
        self.whole: dict[str, np.ndarray] = {}
        self.parts: dict[str, _Part] = {}

    @classmethod
    def of(cls, simulation: SimulationState, step: int) -> StateByIndex:
        """The state of a simulation as it is now. Collective."""
        made = cls(step)
        simulation.write(made)
        return made

    def write(self, name: str, values: np.ndarray) -> None:
        """Keep an array that is the same on all ranks."""
        self.whole[name] = np.array(values)

    def write_local(self, name: str, index: np.ndarray, values: np.ndarray, size: int) -> None:
        """Keep a rank's own values of an array of `size`."""
        self.write_shared(name, index, values, np.ones(index.size, dtype=bool), size)

    def write_shared(
        self, name: str, index: np.ndarray, values: np.ndarray, local: np.ndarray, size: int
    ) -> None:
        """Keep what a rank has of an array of `size`, its own values or not."""
        self.parts[name] = _Part(np.array(index), np.array(values), np.array(local), size)


def take_state(before: RankBuild, saved: StateByIndex, after: SimulationState) -> None:
    """Let a new build, which has not run, go on from the state of an earlier one. Collective.

    What the earlier one did not have is as it begins. Neurons and synapses may be on other ranks.
    """
    world, build = after.world, after.build
    begins, made = StateByIndex.of(after, 0), StateInMemory(saved.step)
    names = _Names(before, build)
    for name, part in begins.parts.items():
        old = saved.parts.get(names.before(name))
        index = part.index + names.shift(name)
        values = part.values if old is None else _moved(world, old, index, part.values)
        made.write_local(name, part.index, values, part.size)
    for name in sorted(saved.parts.keys() - begins.parts.keys()):
        # Variables of synapses that users have set.
        edges = after.edges_named(name)
        if edges is not None:
            old = saved.parts[name]
            values = np.zeros(edges.index.size, dtype=old.values.dtype)
            made.write_local(name, edges.index, _moved(world, old, edges.index, values), edges.size)
    for name, whole in begins.whole.items():
        made.write(name, saved.whole.get(names.before(name), whole))
    for h, old_h in names.of_histories.items():
        made.write(f"{FLUSHED}/{h}", before.arrays[OfHistory(old_h)["flushed"]])
    for name, whole in saved.whole.items():
        if name.startswith("outstanding/"):
            made.write(name, names.gids(whole) if name.endswith("/gid") else whole)
    for ring in after.engine.rings:
        under = path_of_ring(build, ring)
        if f"{under}/least" in saved.whole:
            made.write(f"{under}/least", saved.whole[f"{under}/least"])
        if ring.group is not None:
            continue
        made.write(f"{under}/gid", names.gids(saved.whole[f"{under}/gid"]))
        every = np.arange(saved.whole[f"{under}/gid"].size)
        for argument in ring.values:
            # Spikes of before do not reach new synapses: it does not matter what they carry.
            values = np.zeros(every.size, dtype=after.engine.values[argument].dtype)
            known = names.argument_before(argument)
            old = None if known is None else saved.parts[f"{under}/{known}"]
            made.write(
                f"{under}/{argument}", values if old is None else _moved(world, old, every, values)
            )
    after.read(made)


class _Names:
    """Names of state in an earlier build, where numbers of traces and others may differ."""

    def __init__(self, before: RankBuild, after: RankBuild) -> None:
        self._before, self._after = before.description, after.description
        self._arrays = before.arrays, after.arrays
        old, new = plasticities(before.plans), plasticities(after.plans)
        self._numbers = {
            "releases": {n: old.index(one) for n, one in enumerate(new) if one in old},
            "traces": _of_tables(before, after, "source"),
            "histories": _of_tables(before, after, "target"),
        }

    @property
    def of_histories(self) -> dict[int, int]:
        """Earlier numbers of histories."""
        return self._numbers["histories"]

    def before(self, name: str) -> str:
        """The earlier name of an array of state; empty if there was none."""
        kind, _, rest = name.partition("/")
        if kind not in self._numbers:
            return name
        number, slash, last = rest.partition("/")
        found = self._numbers[kind].get(int(number))
        return "" if found is None else f"{kind}/{found}{slash}{last}"

    def shift(self, name: str) -> int:
        """The number added to the index of a source to find it among the earlier sources."""
        kind, _, rest = name.partition("/")
        number = rest.partition("/")[0]
        if kind not in _OF_SOURCES or int(number) not in self._numbers[kind]:
            return 0
        known = int(number), self._numbers[kind][int(number)]
        now, earlier = (_OF_SOURCES[kind](n)["first_gid"] for n in known)
        return int(self._arrays[1][now] - self._arrays[0][earlier])

    def argument_before(self, argument: Argument) -> Argument | None:
        """The earlier argument with a value for each spike in flight."""
        owner = argument.owner
        kind = "releases" if isinstance(owner, OfEfficacy) else "traces"
        found = self._numbers[kind].get(owner.index)
        if found is None:
            return None
        of = OfEfficacy(found) if isinstance(owner, OfEfficacy) else OfTraces(found)
        return of[argument.name]

    def gids(self, gid: np.ndarray) -> np.ndarray:
        """The gids now; those of events lie behind the groups that have been added."""
        before, now = self._before, self._after
        group = np.searchsorted(before.first_gids, gid, side="right") - 1
        index = now.index_of_group
        shift = np.array(
            [
                now.first_gids[index[g.name]] - first
                for g, first in zip(before.groups, before.first_gids, strict=True)
            ],
            dtype=np.int64,
        )
        return (gid + shift[group]).astype(gid.dtype) if gid.size else gid


def _of_tables(before: RankBuild, after: RankBuild, end: str) -> dict[int, int]:
    """Earlier numbers of the traces or histories (`end`) that tables of the same synapses read."""

    def numbers(build: RankBuild) -> dict[str, int]:
        projections = build.builder.description.projections
        return {
            projections[p].name: getattr(part, end)
            for plan, part in zip(build.plans, build.plastic.parts, strict=True)
            if part is not None
            for p in plan.projections
        }

    old = numbers(before)
    return {number: old[name] for name, number in numbers(after).items() if name in old}


def _moved(world: World, old: _Part, index: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """Values at `index` (ascending) of an array of which ranks have parts. Collective.

    Where there are none they are `otherwise`.
    """
    own, values = old.index[old.local], old.values[old.local]
    found = np.array(otherwise)
    for first in range(0, old.size, _BLOCK):
        last = min(old.size, first + _BLOCK)
        mine = slice(*np.searchsorted(own, [first, last]).tolist())
        block = np.empty(last - first, dtype=values.dtype)
        known = np.zeros(last - first, dtype=bool)
        for at, part in world.allgather_object((own[mine] - first, values[mine])):
            block[at], known[at] = part, True
        wanted = np.arange(*np.searchsorted(index, [first, last]))
        wanted = wanted[known[index[wanted] - first]]
        found[wanted] = block[index[wanted] - first]
    return found
