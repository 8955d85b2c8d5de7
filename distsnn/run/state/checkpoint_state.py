"""The state of a simulation, between its ranks and a checkpoint."""

from __future__ import annotations

import numpy as np

from distsnn.assemble.rank.outstanding import Outstanding
from distsnn.assemble.rank.rank import RankBuild
from distsnn.assemble.rank.saved_state import (
    SavedArray,
    are_local,
    local_neurons,
    saved_arrays,
    sources_of,
)
from distsnn.codegen.program_arguments import OfSynapses, Role
from distsnn.errors import FileError
from distsnn.exchange import World
from distsnn.run.engine import Engine
from distsnn.run.spikes.spikes_in_flight import Flight, Ring
from distsnn.run.state.creation_order import EdgeOrder, SavedEdges
from distsnn.run.state.plastic_state import PlasticState
from distsnn.run.state.state_in_memory import StateReader, StateWriter

_OUTSTANDING = "outstanding"


class SimulationState:
    """The state of a simulation in a checkpoint; all methods are collective."""

    def __init__(self, world: World, engine: Engine) -> None:
        self.world = world
        self.engine = engine
        self.build = engine.build
        self._edges = SavedEdges(world)
        self._plastic = PlasticState(world, engine, self._edges)

    def write(self, file: StateWriter) -> None:
        """Write the state as it is between two steps."""
        saved, arrays = saved_arrays(self.build), self.build.arrays
        for one in saved[Role.NEURON]:
            size = self.build.description.groups[one.owner].size
            index = local_neurons(self.build, one.owner)
            file.write_local(one.path, index, arrays[one.argument], size)
        for one in saved[Role.SOURCE]:
            sources = sources_of(self.build, one.argument)
            local = are_local(self.build, sources.first_gid + sources.index)
            size = sources.number_of.size
            file.write_shared(one.path, sources.index, arrays[one.argument], local, size)
        for one in saved[Role.EDGE]:
            self._edges_of(one.owner).write(file, one.path, arrays[one.argument])
        self._plastic.write(file)
        self._write_outstanding(file)
        for ring in self.engine.rings:
            self._write_flight(file, ring)

    def read(self, file: StateReader) -> None:
        """Take the state over from a checkpoint of the same network."""
        saved, arrays = saved_arrays(self.build), self.build.arrays
        for one in saved[Role.NEURON]:
            index = local_neurons(self.build, one.owner)
            arrays[one.argument][:] = file.read_local(one.path, index)
        for one in saved[Role.SOURCE]:
            sources = sources_of(self.build, one.argument)
            arrays[one.argument][:] = file.read_local(one.path, sources.index)
        for one in self._edges_in(file):
            edges = self._edges_of(one.owner)
            if file.size(one.path) != edges.size:
                raise FileError(
                    "checkpoint",
                    f"{one.path} has {file.size(one.path)} values",
                    f"there are {edges.size} synapses",
                )
            edges.read(file, one.path, arrays[one.argument])
        self._plastic.read(file)
        self.build.set_outstanding(_read_outstanding(file))
        if self.build.outstanding is not None:
            self.engine.set_arrays()
        flights = [self._read_flight(file, ring) for ring in self.engine.rings]
        self.engine.restart(file.step, flights)

    def is_complete_with(self, file: StateReader) -> bool:
        """Whether the checkpoint has all that has changed here since the network was built."""
        return all(one.path in file for one in saved_arrays(self.build)[Role.EDGE])

    def _edges_in(self, file: StateReader) -> list[SavedArray]:
        """Variables of synapses in a checkpoint; users may have assigned some before it."""
        found = []
        for s, synapses in enumerate(self.build.synapses):
            space = f"synapses/{synapses.description.name}"
            for name in file.names(space):
                synapses.touched.add(name)
                found.append(SavedArray(OfSynapses(s).variable(name), f"{space}/{name}"))
        return found

    def _edges_of(self, s: int) -> EdgeOrder:
        synapses = self.build.synapses[s]
        return self._edges.of(f"synapses/{s}", lambda: [synapses.local_edges])[0]

    def edges_named(self, path: str) -> EdgeOrder | None:
        """The synapses whose variable has a path, if they have code. Collective then."""
        for s, synapses in enumerate(self.build.synapses):
            space, _, name = path.rpartition("/")
            known = synapses.part.form.variables
            if space == f"synapses/{synapses.description.name}" and name in known:
                return self._edges_of(s)
        return None

    def _write_flight(self, file: StateWriter, ring: Ring) -> None:
        flight = self.engine.spikes_in_flight(ring)
        name = path_of_ring(self.build, ring)
        if ring.group is None:
            file.write(f"{name}/step", flight.step)
            file.write(f"{name}/gid", flight.neuron)
            if flight.least is not None:
                file.write(f"{name}/least", flight.least)
            gid = flight.neuron.astype(np.int64)
            local, position = are_local(self.build, gid), np.arange(gid.size)
            for argument, values in flight.values.items():
                sources = sources_of(self.build, argument)
                source = gid - sources.first_gid
                # What spikes of others carry was left there by chance.
                inside = (source >= 0) & (source < sources.number_of.size)
                kept = np.where(inside, values, np.zeros_like(values))
                file.write_shared(f"{name}/{argument}", position, kept, local, gid.size)
            return
        index = local_neurons(self.build, ring.group)[flight.neuron]
        rows = [flight.step, index, *([] if flight.least is None else [flight.least])]
        parts = np.concatenate(self.world.allgather_object(np.stack(rows)), axis=1)
        parts = parts[:, np.lexsort(parts[1::-1])]
        for part, values in zip(("step", "index", "least"), parts, strict=False):
            file.write(f"{name}/{part}", values)

    def _write_outstanding(self, file: StateWriter) -> None:
        """Write what spikes of before still add, if there is something; all ranks know it."""
        outstanding = self.build.outstanding
        if outstanding is None:
            return
        left = outstanding.taken(outstanding.step >= self.engine.step)
        if left.step.size:
            for name in Outstanding.names():
                file.write(f"{_OUTSTANDING}/{name}", getattr(left, name))

    def _read_flight(self, file: StateReader, ring: Ring) -> Flight:
        name = path_of_ring(self.build, ring)
        step = file.read(f"{name}/step")
        least = file.read(f"{name}/least") if f"{name}/least" in file else None
        if ring.group is None:
            values = {argument: file.read(f"{name}/{argument}") for argument in ring.values}
            return Flight(step, file.read(f"{name}/gid"), values, least)
        local = local_neurons(self.build, ring.group)
        index = file.read(f"{name}/index")
        at = np.searchsorted(local, index)
        mine = np.flatnonzero(np.append(local, -1)[at] == index)
        return Flight(step[mine], at[mine], {}, None if least is None else least[mine])


def _read_outstanding(file: StateReader) -> Outstanding | None:
    if f"{_OUTSTANDING}/step" not in file:
        return None
    return Outstanding(*(file.read(f"{_OUTSTANDING}/{name}") for name in Outstanding.names()))


def path_of_ring(build: RankBuild, ring: Ring) -> str:
    """Name of the spikes in flight of a ring in a checkpoint."""
    if ring.group is None:
        return "flight"
    return f"own_spikes/{build.description.groups[ring.group].name}"
