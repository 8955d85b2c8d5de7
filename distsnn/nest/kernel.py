"""The state behind ``distsnn.nest``: nodes, models, connections, and the network of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from distsnn.errors import ParameterError
from distsnn.nest.models.device_kinds import DETECTORS
from distsnn.nest.models.model_table import Model, built_in_models
from distsnn.nest.models.not_there import unknown_model
from distsnn.nest.nodes.block import Block
from distsnn.nest.structure.synaptic_elements import Structure
from distsnn.nest.values import parameter
from distsnn.nest.values.parameter import generator

# How NEST packs messages and iterates gap junctions: none of them changes results here.
_OF_MESSAGES: Mapping[str, Any] = {
    "adaptive_target_buffers": True,
    "buffer_size_spike_data": 2,
    "buffer_size_target_data": 2,
    "growth_factor_buffer_spike_data": 1.5,
    "growth_factor_buffer_target_data": 1.5,
    "max_buffer_size_target_data": 16777216,
    "spike_buffer_grow_extra": 0.5,
    "spike_buffer_shrink_limit": 0.2,
    "spike_buffer_shrink_spare": 0.1,
    "use_wfr": True,
    "wfr_comm_interval": 1.0,
    "wfr_interpolation_order": 3,
    "wfr_max_iterations": 15,
    "wfr_tol": 0.0001,
}


@dataclass(frozen=True, eq=False)
class Recording:
    """Nodes that a recorder records.

    Attributes
    ----------
    recorder : int
    nodes : int64 array (n,)
    port : int64 array (n,)
        ``receptor_type`` of each connection.
    weight : float64 array (n,)
    """

    recorder: int
    nodes: np.ndarray
    port: np.ndarray
    weight: np.ndarray


class Kernel:
    """Everything that ``ResetKernel`` forgets.

    Attributes
    ----------
    resolution : float
        Time step, ms.
    tics_per_ms : float
        How finely times are told apart: the resolution is a whole number of tics.
    settings : dict
        Kernel attributes that scripts may set.
    models, synapse_models : dict of str to Model
    structure : Structure
        Synaptic elements, and synapses that come and go with them.
    blocks : list of Block
        Nodes in the order of creation.
    connections : list
        Calls of ``Connect`` that neurons take part in.
    recordings : list of Recording
    recorded : list
        Calls of ``Connect`` that recorders take part in.
    step, begun : int
        Steps simulated, and those at which the last call of ``Simulate`` began.
    running : Simulation or None
        The network, once it has been made.
    make : callable
        Makes the network.
    """

    make: Callable[[], Any]

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all nodes, connections and settings."""
        self.resolution = 0.1
        self.tics_per_ms = 1000.0
        self.settings: dict[str, Any] = {
            "rng_seed": 143202461,
            "rng_type": "Philox_32",
            "local_num_threads": 1,
            "print_time": False,
            "overwrite_files": False,
            "data_path": "",
            "data_prefix": "",
            "userdict": {},
            "dict_miss_is_error": True,
            "keep_source_table": True,
            "use_compressed_spikes": True,
            **_OF_MESSAGES,
            "structural_plasticity_update_interval": 10000.0,
            "eprop_update_interval": 1000.0,
            "eprop_learning_window": 1000.0,
            "eprop_reset_neurons_on_update": True,
        }
        self.models, self.synapse_models = built_in_models()
        self.structure = Structure()
        self.blocks: list[Block] = []
        self.connections: list[Any] = []
        self.recordings: list[Recording] = []
        self.recorded: list[Any] = []
        # Events of a recorder that a script has dropped: how many.
        self.forgotten: dict[int, int] = {}
        # The shortest and the longest delay that scripts allow, steps.
        self.delay_limits: tuple[int, int] | None = None
        self.step = 0
        self.begun = 0
        # Spikes of neurons in the last call of `Simulate` or `Run`, on all ranks.
        self.spikes = 0
        self.running: Any = None
        self.prepared = False
        # Whether steps are simulated now.
        self.advancing = False
        # Wall time of calls, s.
        self.seconds = {"construction_create": 0.0, "construction_connect": 0.0, "simulate": 0.0}
        self._n_drawn = 0

    @property
    def size(self) -> int:
        """Number of nodes."""
        return self.blocks[-1].first + self.blocks[-1].n - 1 if self.blocks else 0

    def block_of(self, gid: int) -> Block:
        """The block of a node."""
        if not 1 <= gid <= self.size:
            raise KeyError(gid)
        return self.blocks[self._place(gid)]

    def blocks_of(self, gids: np.ndarray) -> list[Block]:
        """The blocks that hold some nodes, in the order of creation."""
        if not gids.size:
            return []
        # A script with thousands of populations asks for each pair of them.
        first, last = self._place(int(gids.min())), self._place(int(gids.max()))
        near = self.blocks[first : last + 1]
        return near if first == last else [block for block in near if block.holds(gids).any()]

    def kinds(self, gids: np.ndarray) -> set[str]:
        """The kinds of nodes."""
        return {block.kind for block in self.blocks_of(gids)}

    def _place(self, gid: int) -> int:
        """Index of the block of a node."""
        return bisect_right(self.blocks, gid, key=lambda block: block.first) - 1

    def network(self) -> Any:
        """The network of all nodes and connections, which is made or extended if need be."""
        if self.running is None:
            self.running = self.make()
        self.running.extend()
        return self.running

    def made(self, block: Block) -> Any:
        """The network, if it has the nodes of a block; None if not."""
        running = self.running
        return running if running is not None and running.has(block) else None

    def record(self, recording: Recording) -> None:
        """Let a recorder record further nodes."""
        self.recordings.append(recording)
        self.add_to_network()

    def recorder(self, gid: int, name: str) -> Any:
        """``events`` or ``n_events`` of a recorder."""
        found = self.network().recorded(gid)
        return found.get(name, found)

    def forget_events(self, block: Block, gid: int, number: Any) -> None:
        """Drop all events of a recorder up to now, as ``n_events = 0`` does."""
        if np.any(np.asarray(number) != 0):
            raise ParameterError(
                "distsnn.nest", f"n_events={number}", "n_events can be set to 0", "set it to 0"
            )
        if block.model.name in DETECTORS:
            # Their pairs count by the later spike.
            self.forgotten[gid] = self.step
            return
        dropped = self.forgotten.get(gid, 0)
        self.forgotten[gid] = dropped + self.recorder(gid, "n_events")

    @contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        """Add the wall time of a block to that of a phase."""
        begin = perf_counter()
        try:
            yield
        finally:
            self.seconds[phase] += perf_counter() - begin

    def steps(self, where: str, time: float) -> int:
        """`time` (ms) as a whole number of steps; ParameterError if it is none."""
        steps = round(time / self.resolution)
        if abs(steps * self.resolution - time) > 1e-6 * max(1.0, abs(time)):
            raise ParameterError(
                where,
                f"{time:g} ms is no multiple of the resolution, {self.resolution:g} ms",
                "times are multiples of it",
                "correct the time, or set nest.resolution first",
            )
        return steps

    def ms(self, steps: Any) -> Any:
        """Times (ms) of steps."""
        return steps * self.tics_per_step / self.tics_per_ms

    @property
    def common(self) -> dict[str, Any]:
        """Values that models of neurons and synapses depend on, beside their parameters."""
        of_eprop = {n: value for n, value in self.settings.items() if n.startswith("eprop_")}
        return {"dt": self.resolution, **of_eprop}

    @property
    def tics_per_step(self) -> int:
        """Microseconds of a step."""
        return round(self.resolution * self.tics_per_ms)

    def draws(self, purpose: str) -> np.random.Generator:
        """New random numbers, which depend on the seed and on how often this was called."""
        self._n_drawn += 1
        return generator(self.settings["rng_seed"], purpose, str(self._n_drawn))

    def model(self, name: str) -> Model:
        """The model of nodes or synapses of a name.

        Raises
        ------
        ParameterError
            If there is none.
        """
        found = self.models.get(name) or self.synapse_models.get(name)
        if found is None:
            raise unknown_model(name, [*self.models, *self.synapse_models])
        return found

    @property
    def is_fresh(self) -> bool:
        """Whether no step has begun, so that the network can be made anew."""
        return self.step == 0 and not self.advancing

    def add_to_network(self) -> None:
        """Let the network be made anew; one that has run is extended."""
        if self.is_fresh:
            self.running = None

    def drop_network(self, what: str) -> None:
        """Forget the network that was made, or refuse `what` once it has run.

        Raises
        ------
        ParameterError
            If it has run.
        """
        if not self.is_fresh:
            raise ParameterError(
                "distsnn.nest",
                f"{what} after the first Simulate",
                "nodes and connections can be added then, and what differs between the neurons of "
                "a model can be set",
                "do it before",
            )
        self.running = None

    def min_delay_steps(self) -> int:
        """The shortest delay of all connections, steps."""
        if self.delay_limits is not None:
            return self.delay_limits[0]
        return min(shortest for shortest, _ in self._delays())

    def max_delay_steps(self) -> int:
        """The longest delay of all connections, steps."""
        if self.delay_limits is not None:
            return self.delay_limits[1]
        return max(longest for _, longest in self._delays())

    def _delays(self) -> list[tuple[int, int]]:
        """The shortest and the longest delay of connections that are there or may come, steps."""
        found = [(c.shortest, c.longest) for c in (*self.connections, *self.recorded)]
        for spec in self.structure.synapses.values():
            delay = spec.get("delay", self.model(spec["synapse_model"]).defaults["delay"])
            if isinstance(delay, int | float):
                steps = max(1, int(delay / self.resolution + 0.5 + 1e-9))
                found.append((steps, steps))
        return found or [(1, 1)]


kernel = Kernel()
parameter.random_for = kernel.draws
