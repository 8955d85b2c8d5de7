"""The steps of a run: stretches between two calls of users' objects, and what monitors get of them.

What monitors read is given to them after each stretch. On one rank that waits until somebody looks
at a monitor or the run ends, since an object may be called in every step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from distsnn.exchange import World
from distsnn.front.network.built_network import BuiltNetwork
from distsnn.front.network.members import Members
from distsnn.run.readers import Recorder, SpikeReader
from distsnn.run.samples import gather_samples


class RunSteps:
    """Advances a network, and completes its monitors.

    Parameters
    ----------
    world : World
    built : BuiltNetwork
    members : Members
    readers : sequence of SpikeReader
        All that get the spikes of all ranks.
    recorders : sequence of Recorder
    callback : callable
        Called with the next step several times a second.
    """

    def __init__(
        self,
        world: World,
        built: BuiltNetwork,
        members: Members,
        readers: Sequence[SpikeReader],
        recorders: Sequence[Recorder],
        callback: Callable[[int], None],
    ) -> None:
        self._world, self._built, self._members = world, built, members
        self._readers, self._recorders, self._callback = readers, recorders, callback
        # The first step that monitors do not have yet.
        self._first = built.step
        self._later = False
        # While the network advances, or monitors get what was read, nobody can ask for that.
        self._busy = False

    @contextmanager
    def running(self, later: bool) -> Iterator[None]:
        """Advance within; `later` says whether monitors may wait until somebody looks at them."""
        members, engines = self._members, self._built.engines
        self._later = later and self._world.size == 1
        self._later &= all(one.completed_when_read for one in members.monitors)
        engines[0].reads_later = self._later
        for engine in engines:
            engine.begin_run()
        for monitor in members.monitors if self._later else ():
            monitor.complete_by(self.complete)
        try:
            yield
            self.complete()
        finally:
            engines[0].reads_later = False
            for monitor in members.monitors:
                monitor.complete_by(None)

    def advance(self, until: int, location: int = 0) -> bool:
        """Run all steps before `until`; pause in the last one, at a location, if one is given.

        Returns whether it got there. Collective.
        """
        before = until - 1
        if location and self._built.step < before and not self._advance_to(before, 0):
            return False
        return self._advance_to(until, location)

    def resume(self, location: int) -> None:
        """Go on in the step in which it has paused, up to a location or its end. Collective."""
        self._advance(location, partial(_resume_worker, self._built, location, self._readers))

    def complete(self) -> None:
        """Give the monitors what was read in complete steps. Collective."""
        if self._busy:
            return
        self._busy = True
        try:
            self._complete()
        finally:
            self._busy = False

    def _complete(self) -> None:
        built, members, first = self._built, self._members, self._first
        built.engine.read_log(self._readers)
        self._first = end = built.engine.complete
        if end == first:
            return
        taken = [engine.samples.take() for engine in built.engines]
        probes = [build.probes for build in built.builds]
        samples = iter(gather_samples(self._world, probes, taken))
        recording = members.recording
        for monitor, probe in zip(members.monitors, built.probes, strict=True):
            of_probe = None if probe is None else next(samples)
            if monitor in recording:
                monitor.complete(first, end, of_probe)

    def _advance_to(self, until: int, location: int) -> bool:
        built = self._built
        built.prepare_steps(until, location)
        worker = partial(
            _advance_worker, built, until, self._readers, self._callback, self._recorders
        )
        self._advance(location, worker)
        return built.engine.paused or built.step == until

    def _advance(self, location: int, worker: Callable[[World], None]) -> None:
        self._busy = True
        try:
            self._built.team.run(worker)
        finally:
            self._busy = False
        if not location and not self._later:
            self.complete()


def _advance_worker(
    built: BuiltNetwork,
    end: int,
    readers: Sequence[SpikeReader],
    callback: Callable[[int], None],
    recorders: Sequence[Recorder],
    world: World,
) -> None:
    """Run all steps before `end` on the thread of `world`; see `Engine.advance`."""
    engine = built.workers[world.thread].engine
    if world.thread == 0:
        engine.advance(end, readers, callback, recorders)
    else:
        engine.advance(end, (), lambda _: None, recorders)


def _resume_worker(
    built: BuiltNetwork, location: int, readers: Sequence[SpikeReader], world: World
) -> None:
    """Go on in the step in which the thread of `world` has paused."""
    engine = built.workers[world.thread].engine
    engine.resume(location, readers if world.thread == 0 else ())
