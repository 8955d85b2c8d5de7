"""One rank's simulation: the arguments of its program, and the loop over intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import BrokenBarrierError
from time import perf_counter

import numpy as np

from distsnn.assemble.rank.rank import RankBuild
from distsnn.assemble.tables.plastic_tables import grow_histories, number_spikes
from distsnn.codegen.argument_values import ArgumentValues
from distsnn.codegen.compiled_program import CompiledProgram, call_block
from distsnn.codegen.program_arguments import NETWORK, OfGroup, OfHistory, OfQueue
from distsnn.codegen.synapses.ghost_copies import MOMENTS, NOW, START, UPDATED
from distsnn.errors import ParameterError
from distsnn.exchange import SpikeExchange, World, one_per_host_first
from distsnn.exchange.message_buffers import MemoryGroup, MessageBuffers
from distsnn.kernels import control as layout
from distsnn.kernels.deliver.spikes import DIGITS, join_messages
from distsnn.kernels.step_loop import advance
from distsnn.run.loop_ahead import wait_until_compiled
from distsnn.run.not_finite import FiniteWatch, next_check
from distsnn.run.ranks_status import RanksStatus
from distsnn.run.readers import Recorder, SpikeReader
from distsnn.run.samples import KeptSamples
from distsnn.run.spikes.bucket_pools import grow_pool
from distsnn.run.spikes.ghost_exchange import GhostExchange
from distsnn.run.spikes.rings import WORK_TYPES, growing, resize_ring, rings_of
from distsnn.run.spikes.spikes_in_flight import (
    Flight,
    Ring,
    put_in_buckets,
    put_in_flight,
    spikes_in_flight,
)

SMALLEST_RING = 1 << 10
SMALLEST_LOG = 1 << 16
_SECONDS_BETWEEN_CHECKS = 0.1
# Ghost copies are exchanged before a phase begins.
_MOMENT_BEFORE = {layout.UPDATE: START, layout.UPDATE_LATE: UPDATED, layout.DELIVER: NOW}
_SECONDS_BETWEEN_FLUSHES = 5.0
_END, _LOG_STEP, _LOG_GID = (NETWORK[name] for name in ("end", "log_step", "log_gid"))


class Engine:
    """Advances what one rank built, together with the other ranks.

    Attributes
    ----------
    timers : int64 array
        ns spent in update, receive, deliver and Poisson input (see `distsnn.kernels.control`).
    counters : int64 array
        Neuron updates, spikes of all ranks, synaptic events and Poisson draws so far.
    seconds_recording : float
        Time readers of spikes took.
    watch : FiniteWatch
        Looks for NaN and infinity.
    status : RanksStatus or None
        What the ranks say of themselves while a run lasts.
    paused : bool
        Whether `advance` has returned where `pause` says.
    reads_later : bool
        Whether readers get spikes by `read_log` alone, or when the log is full.
    """

    paused = reads_later = False
    _due = _flushed = 0.0

    def __init__(self, world: World, build: RankBuild) -> None:
        self.world = world
        self.build = build
        # What one rank's synapses demand, all must keep.
        queues = [int(build.arrays[OfQueue(g)["longest"]]) for g in build.program.queues]
        limits = world.allgather_object((build.interval, build.longest, queues))
        self.interval = min(interval for interval, _, _ in limits)
        longest = max(longest for _, longest, _ in limits)
        for k, g in enumerate(build.program.queues):
            longest_of_group = max(of_rank[k] for _, _, of_rank in limits)
            build.arrays[OfQueue(g)["longest"]] = longest_of_group
            build.arrays[OfQueue(g)["begin"]] = np.zeros(longest_of_group + 2, dtype=np.int64)
        largest = self.interval * build.partition.max_count
        self._buffers = world.of_rank(lambda: MessageBuffers(world, self.interval, largest))
        self._share_ghost_copies()
        sizes = layout.N_TIMERS, layout.N_COUNTERS
        self.timers, self.counters = (np.zeros(size, dtype=np.int64) for size in sizes)
        self.seconds_recording, self._chunk = 0.0, self.interval
        # Where it was restarted, and the spikes in flight there.
        self._begun: tuple[int, tuple[Flight, ...]] = 0, ()
        self.samples = KeptSamples(build)
        self._control = np.zeros(layout.CONTROL_SIZE, dtype=np.int64)
        self._control[layout.INTERVAL] = self.interval
        self._control[layout.LONGEST] = longest
        self._control[layout.SOURCES] = build.description.size
        self._control[layout.PHASE] = build.program.first_phase
        self._weights_set = build.weights_set
        self.status: RanksStatus | None = None
        self._program = CompiledProgram(build.program)
        self._values = build.arrays.copied()
        self.watch = FiniteWatch(build, self._values)
        self._values |= NETWORK.named(
            {
                "control": self._control,
                "end": 0,
                "timers": self.timers,
                "counters": self.counters,
                "begin": np.zeros(longest + self.interval + 2, dtype=np.int64),
                "bounds": np.zeros(max(world.size + 1, DIGITS), dtype=np.int64),
                "read_at": np.zeros(world.size, dtype=np.int64),
                "scratch": np.zeros(2 * build.description.most_spikes_of_step, dtype=np.uint32),
                "log_step": np.zeros(SMALLEST_LOG, dtype=np.int64),
                "log_gid": np.zeros(SMALLEST_LOG, dtype=np.uint32),
                "gids": np.zeros(0, dtype=np.uint32),
                "no_efficacy": np.ones(0),
            }
        )
        self._values |= {name: np.zeros(0, dtype) for name, dtype in WORK_TYPES.items()}
        self._values |= {
            OfQueue(g)["lids"]: np.zeros(0, dtype=np.uint32) for g in build.program.queues
        }
        self._join_memory_group()
        self._find_rings()
        for ring in self.rings:
            self._set_ring(ring, SMALLEST_RING)
        self._ghosts = self._ghost_exchanges()
        with one_per_host_first(world):
            # Up to the first step, which compiles the loop over steps too.
            self._program.bind(self._values)
            wait_until_compiled()
            self._run_steps()

    @property
    def exchange(self) -> SpikeExchange:
        """The exchange with other ranks, which the threads of a rank share."""
        return self._buffers.exchange

    @property
    def memory_group(self) -> MemoryGroup:
        """The threads and ranks that read each other's messages in shared memory."""
        return self._buffers.memory_group

    @property
    def step(self) -> int:
        """The next step (int)."""
        return int(self._control[layout.STEP])

    def begin_run(self) -> None:
        """Prepare a run from the present step."""
        self.watch.begin(self.step)
        self._chunk, self._due, self._flushed = self.interval, 0.0, perf_counter()

    @property
    def complete(self) -> int:
        """All steps before this one are complete (int)."""
        return int(self._control[layout.PAUSE_STEP]) if self.paused else self.step

    def advance(
        self,
        end: int,
        readers: Sequence[SpikeReader],
        on_progress: Callable[[int], None],
        recorders: Sequence[Recorder] = (),
    ) -> None:
        """Run all steps before `end`, unless some rank asks to stop. Collective.

        Parameters
        ----------
        end : int
            The same on all ranks.
        readers : sequence of SpikeReader
            The same on all ranks, each gets all spikes of all ranks. Only the first thread of a
            rank has any.
        on_progress : callable
            Called with the next step several times a second.
        recorders : sequence of Recorder
            The same on all ranks and for all threads; the first thread of a rank calls them.
        """
        try:
            self._advance_together(end, readers, on_progress, recorders)
        except BaseException:
            self._buffers.abandon()
            raise

    def _advance_together(
        self,
        end: int,
        readers: Sequence[SpikeReader],
        on_progress: Callable[[int], None],
        recorders: Sequence[Recorder],
    ) -> None:
        self._control[layout.LOGGING] = bool(readers)
        longest = min((recorder.most_steps for recorder in recorders), default=end)
        begin, stopping = perf_counter(), self.exchange.stopping
        while self.step < end and not stopping and not self.paused:
            first, chunk = self.step, min(self._chunk, longest)
            seen = next_check(first)
            self._advance_chunk(min(end, first + chunk, seen), readers, on_progress)
            if self.step == seen:
                self.watch.check(seen)
            recording = perf_counter()
            for recorder in recorders:
                self.samples.give(recorder, self.world)
            now = perf_counter()
            self.seconds_recording += now - recording
            ended = self.world.size == 1 and (self.paused or self.step == end)
            if self.reads_later and ended and now < self._due:
                # Objects are called every few steps, and nobody else waits for a decision.
                return
            self._due = now + _SECONDS_BETWEEN_CHECKS
            on_progress(self.step)
            seconds, begin = max(now - begin, 1e-6), perf_counter()
            steps = int((self.step - first) * _SECONDS_BETWEEN_CHECKS / seconds)
            steps = max(self.interval, min(steps, 8 * chunk))
            # A chunk is whole intervals, unless the log has no capacity for one.
            steps = min(steps, longest) // self.interval * self.interval or longest
            # A decision for all ranks, whose clocks differ.
            self._chunk, is_due, stopping, is_asked = self.world.bcast_object(
                (
                    steps,
                    perf_counter() - self._flushed > _SECONDS_BETWEEN_FLUSHES,
                    self._buffers.stopping,
                    self.status is not None and self.status.due(),
                )
            )
            if is_asked and self.status is not None:
                self.status.gather()
            self.exchange.stopping = stopping
            if is_due:
                self._flushed = perf_counter()
                if self.world.thread == 0:
                    for recorder in recorders:
                        recorder.flush()

    def pause(self, location: int, step: int) -> None:
        """Let `advance` return within a step; `location` is one of `control`, 0 for nowhere."""
        self._control[layout.PAUSE], self._control[layout.PAUSE_STEP] = location, step
        self.paused = False
        self.samples.divide(bool(location))

    def resume(self, location: int, readers: Sequence[SpikeReader]) -> None:
        """Go on in the step in which `advance` has paused, to its end or `location`. Collective."""
        self._control[layout.PAUSE], self.paused = location, False
        if not location:
            self.samples.divide(False)
        step = int(self._control[layout.PAUSE_STEP])
        self._advance_chunk(step + 1, readers, lambda _: None)

    def stop(self) -> None:
        """Ask all ranks to return from `advance` after the same step, soon. One may ask alone."""
        self._buffers.ask_to_stop(True)

    def forget_stop(self) -> None:
        """Let `advance` run again."""
        self._buffers.ask_to_stop(False)

    def _advance_chunk(
        self, end: int, readers: Sequence[SpikeReader], on_progress: Callable[[int], None]
    ) -> None:
        self._values[_END] = end
        reported = perf_counter()
        while True:
            status = self._run_steps()
            self.paused = status == layout.PAUSED
            if status in {layout.DONE, layout.PAUSED}:
                break
            if status == layout.EXCHANGE:
                self._join_messages()
                self._buffers.exchange_spikes()
                self._take_messages()
                if perf_counter() - reported > _SECONDS_BETWEEN_CHECKS:
                    on_progress(self.step)
                    reported = perf_counter()
            elif status == layout.ARRAYS_RENEWED:
                self._take_messages()
            elif status == layout.GHOST_EXCHANGE:
                moment = _MOMENT_BEFORE[int(self._control[layout.PHASE])]
                self._ghosts[moment].exchange(self._values)
            elif status == layout.LATE:
                on_progress(self.step)
            elif status == layout.ABANDONED:
                self._buffers.wait_for_the_end()
                raise BrokenBarrierError
            else:
                self._enlarge(status, readers)
        if not self.reads_later:
            self.read_log(readers)

    def _enlarge(self, status: int, readers: Sequence[SpikeReader]) -> None:
        if status == layout.RING_FULL:
            self._set_ring(self.rings[0], 2 * self._values[NETWORK["gids"]].size)
        elif status == layout.QUEUE_FULL:
            for ring in self.rings[1:]:
                self._set_ring(ring, 2 * self._values[ring.spikes].size)
        elif status == layout.RECORD_FULL:
            self.samples.empty()
        elif status == layout.HISTORY_FULL:
            grow_histories(self._values, self.build.plastic)
        elif status == layout.POOL_FULL:
            for table in self.rings[0].in_rows:
                grow_pool(table, self._values)
        else:
            self.read_log(readers)

    def weights(self, t: int) -> np.ndarray:
        """Weights (float64 (synapses,)) of plastic table `t` now, by their places in it."""
        out = np.empty(self.build.tables[t].n_synapses)
        # That of the build, which may have other tables since the last run.
        reader = self.build.program.readers[t]
        call_block(reader, self.step, self._values | {NETWORK["out"]: out})
        return out

    def flush_histories(self) -> None:
        """Let weights take in old spikes of targets; the state is then the same on any ranks."""
        for h, blocks in enumerate(self.build.program.flushes):
            own = OfHistory(h)
            self._values[own["fullest"]][0] = self._values[own["mask"]] + 1
            for block in blocks:
                call_block(block, self.step, self._values)

    @property
    def values(self) -> ArgumentValues:
        """Arrays and numbers of the program."""
        return self._values

    def _run_steps(self) -> int:
        """Call the loop over steps once; returns its status."""
        program = self._program
        program.bind(self._values)
        return int(advance(program.first_block, program.blocks, *program.loop))

    def set_arrays(self) -> None:
        """Take over arrays and numbers that the build has replaced, and weights that were set."""
        self._take_arrays()
        weights_set = self.build.weights_set != self._weights_set
        late = weights_set and self.step > self._control[layout.PAUSE_STEP]
        if self._control[layout.PAUSE] and (late or not self.is_current):
            raise ParameterError(
                "Network",
                "weights were set between the thresholds and the events of a step",
                "spikes of this step are on their way with the weights that there are",
                "let it be called earlier or at the end, or give the synapses recognize=False",
            )
        # Another program is taken over before the next step, and fills the buckets anew as well.
        if weights_set and self.is_current:
            self._weights_set = self.build.weights_set
            # Spikes in flight act with the weights that there are when they act.
            ring = self.rings[0]
            flight = self.spikes_in_flight(ring)
            put_in_buckets(ring, self._values, flight, self.step, self._tail(ring))

    def _take_arrays(self) -> None:
        arrays = self.build.arrays
        if arrays.replaced:
            taken = arrays.taken() - self._grown
            self._values |= {argument: arrays[argument] for argument in taken}

    def _find_rings(self) -> None:
        """Find the rings of the program, and the arrays that grow while it runs."""
        self.rings = rings_of(self.build)
        self._grown = growing(self.rings, len(self.build.program.flushes))

    @property
    def is_current(self) -> bool:
        """Whether it runs the program that the build has written last."""
        return self.build.program is self._program.program

    def set_coefficients(self) -> None:
        """Take over a program in which some numbers of neurons have become arrays.

        Its blocks are the same ones but for that, so that it may be taken over within a step.
        """
        self._program = CompiledProgram(self.build.program)

    def set_program(self) -> None:
        """Take over the program if the build has written another. Collective."""
        if self.is_current:
            return
        flights = [self.spikes_in_flight(ring) for ring in self.rings]
        self._program = CompiledProgram(self.build.program)
        self._share_ghost_copies()
        self._join_memory_group()
        self._find_rings()
        self._weights_set = self.build.weights_set
        self._take_arrays()
        self._ghosts = self._ghost_exchanges()
        self.restart(self.step, flights)
        with one_per_host_first(self.world):
            self._program.bind(self._values)

    def spikes_in_flight(self, ring: Ring) -> Flight:
        """The spikes of one of `rings` that can still act, between two runs of `advance`."""
        step, flights = self._begun
        if step == self.step and flights:
            return flights[self.rings.index(ring)]
        return spikes_in_flight(
            ring, self._values, self.step, self.longest_of(ring), self._tail(ring)
        )

    def restart(self, step: int, flights: Sequence[Flight]) -> None:
        """Go on from another step; the state must be that of this step already.

        Parameters
        ----------
        flights : sequence of Flight
            The spikes in flight of each of `rings`.
        """
        values, control = self._values, self._control
        control[[layout.STEP, layout.FIRST]] = step
        control[layout.PHASE] = self.build.program.first_phase
        control[layout.LOGGED] = 0
        control[layout.BUFFER] = 0
        self._begun = step, tuple(flights)
        # Others may still read what this thread wrote last.
        self.world.barrier()
        self._buffers.clear(self.world)
        for g in range(len(self.build.description.groups)):
            if (cursor := OfGroup(g)["cursor"]) in values:
                values[cursor][0] = 0
        for ring, flight in zip(self.rings, flights, strict=True):
            # No older spike is kept: what was in the ring is not moved to the new one.
            values[ring.spikes] = values[ring.spikes][:0]
            capacity = SMALLEST_RING
            while capacity < flight.step.size:
                capacity *= 2
            self._set_ring(ring, capacity)
            put_in_flight(ring, values, flight, step, self.longest_of(ring))
            if ring.tail is None:
                control[layout.TAIL] = flight.step.size
                control[layout.EARLY] = np.count_nonzero(flight.step >= step)
                number_spikes(values, self.build.plastic, flight.neuron.astype(np.int64))
            else:
                values[ring.tail][0] = flight.step.size

    def _share_ghost_copies(self) -> None:
        """Let the threads of the only rank have the same ghost copies. Collective."""
        if self.world.ranks.size == 1:
            arrays = self.build.arrays
            copies = [copy.argument for copy in self.build.program.ghost_copies]
            arrays |= self.world.of_rank(lambda: {copy: arrays[copy] for copy in copies})

    def _ghost_exchanges(self) -> dict[str, GhostExchange]:
        """The exchange of ghost copies at each moment of a step."""
        return {moment: GhostExchange(self.world, self.build, moment) for moment in MOMENTS}

    def _join_memory_group(self) -> None:
        """Become a member of a memory group. Collective."""
        buffers = self._buffers
        self.world.of_rank(lambda: buffers.choose_group(bool(self._program.program.ghost_copies)))
        self._control[layout.MEMBER] = buffers.member(self.world)
        self._control[layout.N_MEMBERS] = buffers.memory_group.size
        self._control[layout.N_PARTICIPANTS] = buffers.memory_group.n_participants
        self._control[layout.N_BUFFERS] = buffers.memory_group.n_buffers
        self._values |= buffers.arrays

    def _tail(self, ring: Ring) -> int:
        return int(self._control[layout.TAIL] if ring.tail is None else self._values[ring.tail][0])

    def longest_of(self, ring: Ring) -> int:
        """The longest delay, in steps, of synapses that a ring reaches on any rank."""
        if ring.group is None:
            return int(self._control[layout.LONGEST])
        return int(self._values[OfQueue(ring.group)["longest"]])

    def _join_messages(self) -> None:
        """Make one message of those of the threads of this rank. Of the first thread."""
        values, control = self._values, self._control
        buffers, n_messages = values[NETWORK["buffers"]], int(control[layout.N_MEMBERS])
        if n_messages > 1:
            capacity = buffers.size // (int(control[layout.N_BUFFERS]) * n_messages)
            join_messages(
                buffers[int(control[layout.BUFFER]) * n_messages * capacity :],
                capacity,
                n_messages,
                self.interval,
                *(values[NETWORK[name]] for name in ("scratch", "bounds", "read_at", "send")),
            )

    def _take_messages(self) -> None:
        self._values |= self._buffers.arrays
        if self.exchange.stopping:
            self._values[_END] = self.step

    def _set_ring(self, ring: Ring, capacity: int) -> None:
        resize_ring(ring, self._values, capacity, self._tail(ring))

    def read_log(self, readers: Sequence[SpikeReader]) -> None:
        """Give readers the spikes that have been logged."""
        begin = perf_counter()
        count = int(self._control[layout.LOGGED])
        values = self._values
        for reader in readers:
            reader.read_spikes(values[_LOG_STEP][:count], values[_LOG_GID][:count])
        self._control[layout.LOGGED] = 0
        arriving = int(self._control[layout.ARRIVING])
        if readers and arriving > values[_LOG_GID].size:
            values[_LOG_STEP] = np.zeros(2 * arriving, dtype=np.int64)
            values[_LOG_GID] = np.zeros(2 * arriving, dtype=np.uint32)
        self.seconds_recording += perf_counter() - begin
