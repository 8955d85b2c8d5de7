"""The settings of a network: its time step, its seed, its threads, its trials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from distsnn.describe.checks.settable import BEFORE_RUN, BETWEEN_RUNS
from distsnn.describe.values.given import checked_dt
from distsnn.errors import ParameterError
from distsnn.front.names.scope import checked_seed, checked_threads
from distsnn.front.network.network_state import NetworkState
from distsnn.front.network.object_values import ObjectValues


class NetworkSettings:
    """A network as it is set."""

    SETTABLE: ClassVar[Mapping[str, str]] = {
        "dt": BETWEEN_RUNS,
        **dict.fromkeys(("seed", "threads"), BEFORE_RUN),
    }
    _state: NetworkState
    _values: ObjectValues

    @property
    def dt(self) -> float:
        """Time step, ms: that of `defaultclock` if the network was made without one.

        It may be set at any time. As in Brian 2 it is that of the next `run`, whose first step is
        at the time reached: a whole number of new steps, or `run` raises ParameterError.
        """
        return self._state.next_dt

    @dt.setter
    def dt(self, dt: float) -> None:
        self._state.given_dt = checked_dt("Network", dt)

    @property
    def seed(self) -> int:
        """Seed of all random draws; may be set before the first run."""
        return self._state.seed

    @seed.setter
    def seed(self, seed: int) -> None:
        self._refuse_built("seed", "draws are fixed once the network has been built")
        self._state.set_seed(checked_seed("Network", seed))

    @property
    def threads(self) -> int:
        """Number of threads of each rank; may be set before the first run."""
        return self._state.threads

    @threads.setter
    def threads(self, threads: int) -> None:
        self._refuse_built("threads", "neurons stay where they are once the network has been built")
        self._state.threads = checked_threads("Network", threads)

    @property
    def trials(self) -> int | None:
        """Number of trials of a network that has some; None else."""
        return self._state.n_trials

    @property
    def trial(self) -> int | None:
        """The trial that the network is, or whose turn it is while trials run; None for none."""
        return self._values.current

    @property
    def divide(self) -> str | None:
        """The choice of what ranks divide, ``"trials"`` or ``"neurons"``; None if it was left."""
        return self._state.divide or None

    def _refuse_built(self, name: str, allowed: str) -> None:
        if self._state.built is not None:
            what = f"{name} was set after the first run"
            raise ParameterError("Network", what, allowed, "make a new Network")
