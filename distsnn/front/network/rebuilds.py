"""A network whose synapses go on as they are written, and one that goes on from a checkpoint."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar

from distsnn.describe.checks.arguments import check_switches
from distsnn.describe.checks.paths import checked_path
from distsnn.describe.network_description import NetworkDescription
from distsnn.exchange import World, current_world, raising_together
from distsnn.front.names.scope import defaultclock, find_network, set_last_run, user_names
from distsnn.front.network.network_checkpoints import (
    check_same_network,
    in_steps_of,
    read_last_spikes,
    read_monitors,
    recording_progress,
)
from distsnn.front.network.runs import NetworkRuns
from distsnn.front.network.settings_between_runs import read_settings
from distsnn.record.checkpoint_file import CheckpointFile
from distsnn.run.engine import Engine
from distsnn.run.state.state_in_memory import HeldState

_P = ParamSpec("_P")
_N = TypeVar("_N")


class OfScopeToo(Generic[_P]):
    """Makes a method that one may ask the class for, and then has of the network of this scope.

    Parameters
    ----------
    method : callable
        Its first argument is the network.
    """

    def __init__(self, method: Callable[Concatenate[Any, _P], Any]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    def __get__(self, network: _N | None, kind: type[_N]) -> Callable[_P, _N]:
        @wraps(self._method)
        def asked(*args: _P.args, **kwargs: _P.kwargs) -> _N:
            found: _N = self._method(
                find_network() if network is None else network, *args, **kwargs
            )
            return found

        return asked


class NetworkRebuilds(NetworkRuns):
    """What a network does that is not built from its beginning."""

    @OfScopeToo
    def load(self, path: str | os.PathLike[str], force: bool = False) -> Self:
        """Go on from a checkpoint of the same network. Every rank must call this.

        ``net.load(path)`` continues a network; ``Network.load(path)`` that of `run` on its own, of
        all objects that the calling code sees. What the network is the script says again: a
        checkpoint has its state, and knows whether it is the same.

        The next `run` continues bit for bit as if the network had not been interrupted, on any
        number of ranks; its ``record=`` goes on in the file that was being recorded.

        Parameters
        ----------
        path : path
            Written by `save` or ``run(checkpoint=)``.
        force : bool
            Build the network even if the hosts have less memory than it needs.

        Returns
        -------
        Network
            The network that goes on.

        Raises
        ------
        FileError
            If it is no whole checkpoint, or a monitor of the same name recorded something else.
        ParameterError
            If the network is another one than was saved; the message names the difference.
        NotEnoughMemoryError
            If the network needs more memory than there is.
        """
        check_switches("Network.load", force=force)
        self._forced = force
        set_last_run(self)
        world = self._begin(
            "Network.load",
            user_names(),
            path=checked_path("Network.load", "path", path),
            force=force,
        )
        with raising_together(world, "checkpoint"):
            file = CheckpointFile(path)
            base = in_steps_of(file, self._base or self.description)
            check_same_network(file, base)
        self._take_time_step_of(base)
        self._spiked_before = read_last_spikes(file, base)
        by_rule = set(file.read_text("by_rule") if "by_rule" in file else ())
        self._kept = {n for n, s in enumerate(self.synapses) if s.name not in by_rule}
        if self._shares and not (
            self._shares[0].simulation.is_complete_with(file) and by_rule == set(self._by_rule())
        ):
            # Something was assigned since then that only the description knows.
            self._shares = []
        self._prepare(world, False, self._base)
        if by_rule != set(self._by_rule()):
            self._read_before_monitors(world, file)
        else:
            self._read_state(file)
        with raising_together(world, "checkpoint"):
            read_monitors(file, self.monitors)
            self._resumed = recording_progress(file)
        self._recording, self._end = None, float(file.facts["end_ms"])
        self._places.add(os.path.realpath(path))
        for engine in self._engines:
            engine.take_samples()
        self._gather(world)
        return self

    def _take_time_step_of(self, base: NetworkDescription) -> None:
        """Take the time step of a checkpoint, as the clock does in Brian 2."""
        if (base.dt, base.changes) == (self._dt, self._changes):
            return
        # It is built in other steps, if it is.
        self._shares, self._base = [], base if self._base else None
        if self._own_dt is None:
            defaultclock.dt = base.dt
        else:
            self._own_dt = base.dt
        self._changes = base.changes
        self.describe()

    def _prepare(
        self, world: World, progress: bool, base: NetworkDescription | None = None
    ) -> Engine:
        if self._shares and len(self._probes) < len(self.monitors):
            self._begin_to_read(world)
        return super()._prepare(world, progress, base)

    def _begin_to_read(self, world: World) -> None:
        """Let monitors that were added after the network was built take part. Collective."""
        with raising_together(world, "building"):
            probes = [
                monitor.describe_probe(self._number_of(monitor.source))
                for monitor in self.monitors[len(self._probes) :]
            ]
        if any(probe is not None for probe in probes):
            self._keep_as_written(set())
        else:
            self._probes += probes

    def _keep_as_written(self, numbers: set[int]) -> None:
        """Let synapses whose texts have become a rule go on as they are written. Collective.

        The network is built anew and takes over its state.
        """
        earlier, base = self._shares, self._base
        before = earlier[0].built
        assert self._team is not None
        assert self._values is not None
        world = current_world()
        rules = [n for n, s in enumerate(before.description.synapses) if s.pair is not None]
        own = {number: self._values.local_variables(number) for number in rules}
        sizes = {
            number: sum(world.allgather_object(sum(next(iter(v.values())).size for v in values)))
            for number, values in own.items()
        }
        held = [HeldState(share.engine.step) for share in earlier]
        self._team.run(lambda of: earlier[of.thread].simulation.write(held[of.thread]))
        self._kept |= numbers | set(before.description.generated)
        self._shares = []
        self._prepare(world, False)
        self._base = base
        now = self._shares[0].built.description.synapses
        gone = {n: before.description.synapses[n] for n in rules if now[n].pair is None}
        for k, (old, new) in enumerate(zip(earlier, self._shares, strict=True)):
            held[k].turn(
                old.built,
                new.built,
                [s.of_connect(n) for s in gone.values() for n in range(len(s.rules))],
                {s.name: own[number][k] for number, s in gone.items()},
                {s.name: sizes[number] for number, s in gone.items()},
            )
            new.engine.counters[:] = old.engine.counters
            new.engine.timers[:] = old.engine.timers
        self._team.run(lambda of: self._shares[of.thread].simulation.read(held[of.thread]))
        self._gather(world)

    def _read_state(self, file: CheckpointFile) -> None:
        assert self._team is not None
        with raising_together(current_world(), "checkpoint"):
            read_settings(file, self.described_parts, self._settings)
        self.take_settings()
        self._team.run(lambda of: self._shares[of.thread].simulation.read(file))

    def _read_before_monitors(self, world: World, file: CheckpointFile) -> None:
        """Read state of synapses that must go on as they are written because of what is recorded.

        They are built as they were when it was saved, without monitors, and then anew with them.
        """
        base, monitors = self._base, self._monitors
        self._shares, self._monitors = [], []
        try:
            self._prepare(world, False, base)
            self._read_state(file)
            self._gather(world)
        finally:
            self._monitors = monitors
        self._keep_as_written(set())
