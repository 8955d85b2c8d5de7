"""A network whose synapses go on as they are written, and one that goes on from a checkpoint."""

from __future__ import annotations

import os

from distsnn.build.rank import RankBuild
from distsnn.exchange import World, current_world, install_abort, raising_together
from distsnn.front.checkpoints import (
    check_same_network,
    read_monitors,
    read_parameters,
    recording_progress,
)
from distsnn.front.runs import NetworkRuns
from distsnn.front.scope import user_names
from distsnn.record.checkpoint_file import CheckpointFile
from distsnn.run.engine import Engine
from distsnn.run.held_state import HeldState


class NetworkRebuilds(NetworkRuns):
    """What a network does that is not built from its beginning."""

    def load(self, path: str | os.PathLike[str]) -> None:
        """Go on from a checkpoint of the same network. Every rank must call this.

        The next `run` continues bit for bit as if the network had not been interrupted, on any
        number of ranks; its ``record=`` goes on in the file that was being recorded.

        Parameters
        ----------
        path : path
            Written by `save` or ``run(checkpoint=)``.

        Raises
        ------
        FileError
            If it is no whole checkpoint, or a monitor of the same name recorded something else.
        ParameterError
            If the network is another one than was saved; the message names the difference.
        """
        world = current_world()
        install_abort(world)
        self.look_up(user_names())
        with raising_together(world, "checkpoint"):
            file = CheckpointFile(path)
            check_same_network(file, self._base or self.description)
        by_rule = set(file.read_text("by_rule") if "by_rule" in file else ())
        self._kept = {n for n, s in enumerate(self._with_equations) if s.name not in by_rule}
        if self._simulation is not None and not (
            self._simulation.is_complete_with(file) and by_rule == set(self._by_rule())
        ):
            # Something was assigned since then that only the description knows.
            self._forget_build()
            self._prepare(world, False, self._base)
        engine, built = self._prepare(world, False)
        if by_rule != set(self._by_rule()):
            engine, built = self._read_before_monitors(world, file)
        else:
            self._read_state(file)
        with raising_together(world, "checkpoint"):
            read_monitors(file, self.monitors)
            self._resumed = recording_progress(file)
        self._recording, self._end = None, float(file.facts["end_ms"])
        self._places.add(os.path.realpath(path))
        engine.take_samples()
        self._gather(world, built, engine.step)

    def _keep_as_written(self, numbers: set[int]) -> None:
        """Let synapses whose texts have become a rule go on as they are written. Collective.

        The network is built anew and takes over its state.
        """
        before, engine, base = self._built, self._engine, self._base
        assert before is not None
        assert engine is not None
        assert self._pairs is not None
        assert self._simulation is not None
        world = current_world()
        held = HeldState(engine.step)
        self._simulation.write(held)
        own = {number: self._pairs.own(number) for number in before.pairs}
        counters, timers = engine.counters, engine.timers
        self._kept |= numbers | set(before.slow)
        self._forget_build()
        engine, built = self._prepare(world, False)
        self._base = base
        assert self._simulation is not None
        gone = {n: before.description.synapses[n] for n in before.pairs if n not in built.pairs}
        held.turn(
            before,
            built,
            [s.of_connect(n) for s in gone.values() for n in range(len(s.rules))],
            {s.name: own[number] for number, s in gone.items()},
            {
                s.name: sum(world.allgather_object(next(iter(own[number].values())).size))
                for number, s in gone.items()
            },
        )
        self._simulation.read(held)
        engine.counters[:], engine.timers[:] = counters, timers
        self._gather(world, built, engine.step)

    def _forget_build(self) -> None:
        self._engine = self._built = self._simulation = None

    def _read_state(self, file: CheckpointFile) -> None:
        assert self._simulation is not None
        assert self._base is not None
        read_parameters(file, self._base, self.groups)
        self._simulation.read(file)

    def _read_before_monitors(self, world: World, file: CheckpointFile) -> tuple[Engine, RankBuild]:
        """Read state of synapses that must go on as they are written because of what is recorded.

        They are built as they were when it was saved, without monitors, and then anew with them.
        """
        base, monitors = self._base, self.monitors
        self._forget_build()
        self.monitors = []
        try:
            engine, built = self._prepare(world, False, base)
            self._read_state(file)
            self._gather(world, built, engine.step)
        finally:
            self.monitors = monitors
        self._keep_as_written(set())
        assert self._engine is not None
        assert self._built is not None
        return self._engine, self._built
