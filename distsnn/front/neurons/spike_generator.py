"""Groups of sources that spike at given times."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from distsnn.describe.checks.arguments import check_dtype, check_switches
from distsnn.describe.checks.constructors import known_names
from distsnn.describe.checks.settable import BETWEEN_RUNS, set_in_trials
from distsnn.describe.groups import GeneratorDescription, check_spikes
from distsnn.describe.values.by_trial import together
from distsnn.describe.values.given import checked_value, whole_number
from distsnn.describe.values.time_steps import step_containing
from distsnn.errors import ParameterError
from distsnn.exchange import current_world
from distsnn.front.names.scope import Clock
from distsnn.front.neurons.group_base import SpikeSource

T = TypeVar("T")
_log = logging.getLogger("distsnn")
# Numbers beyond this would not fit into what ranks count with.
_MOST_PER_STEP = 1_000_000


class GeneratorOwner(Protocol):
    """The network that a group belongs to, as far as the group knows it."""

    @property
    def built(self) -> bool:
        """Whether the network has been built."""

    @property
    def t(self) -> float:
        """Time reached, ms."""

    def setting(self, read: Callable[[], T]) -> T:
        """A value that has been set, as users see it."""

    def take_spikes(self, source: SpikeGeneratorGroup) -> None:
        """Let what runs already know of the spikes of a source."""


@known_names
class SpikeGeneratorGroup(SpikeSource):
    """Sources that spike at given times.

    Parameters
    ----------
    N : int
        Number of sources.
    indices : array-like of int (n,)
        Source of each spike.
    times : array-like of float (n,), ms
        Time of each spike; it acts in the step in which it lies, as in Brian 2.
    name, dt, clock, order
        See `SpikeSource`.
    most_per_step : int
        How often a source may spike in one step. With 1 more is an error, as in Brian 2; with a
        larger number all of them count, as spikes of NEST with a multiplicity: each acts on
        synapses and is recorded.
    period : float, ms
        Spikes repeat after this time; 0 for never.
    sorted : bool
        Taken for scripts of Brian 2; spikes may be in any order.
    dtype : type
        Taken for scripts of Brian 2; numbers have 64 bits.

    Raises
    ------
    ParameterError
        If shapes differ, an index is outside the group, or a time is negative or not finite.

    Examples
    --------
    >>> import distsnn as snn
    >>> source = snn.SpikeGeneratorGroup(1, [0, 0, 0], [1.0, 1.0, 2.0] * snn.ms, most_per_step=2)
    >>> spikes = snn.SpikeMonitor(source)
    >>> net = snn.Network(source, spikes)
    >>> summary = net.run(3 * snn.ms)
    >>> source.set_spikes([0], [4] * snn.ms)
    >>> summary = net.run(3 * snn.ms)
    >>> spikes.t[:].tolist()
    [1.0, 1.0, 2.0, 4.0]
    """

    SETTABLE = {"indices": BETWEEN_RUNS, "times": BETWEEN_RUNS}

    def __init__(  # noqa: PLR0913 - Brian's
        self,
        N: int,
        indices: ArrayLike,
        times: ArrayLike,
        name: str | None = None,
        *,
        most_per_step: int = 1,
        period: float = 0.0,
        sorted: bool = False,  # noqa: A002 - the name of Brian 2
        dtype: Any = None,
        dt: float | None = None,
        clock: Clock | None = None,
        order: int = 0,
    ) -> None:
        super().__init__(N, name, dt, clock, order)
        where = name if isinstance(name, str) and name else "SpikeGeneratorGroup"
        most = whole_number(most_per_step, 1)
        if most is None or most > _MOST_PER_STEP:
            raise ParameterError(
                where,
                f"most_per_step={most_per_step!r}",
                f"most_per_step is a whole number >= 1 and at most {_MOST_PER_STEP:,}",
                "correct it",
            )
        #: How often a source may spike in one step.
        self.most_per_step = most
        self._owner: GeneratorOwner | None = None
        # With which time step which spikes have been checked.
        self._fits: tuple[float, int, int, float] | None = None
        check_switches(where, sorted=sorted)
        check_dtype(where, dtype)
        self._indices, self._times = self._checked(where, indices, times)
        self._period = self._checked_period(where, period)

    @property
    def indices(self) -> np.ndarray:
        """Source of each spike, int64 (n,)."""
        return self._seen(lambda: self._indices)

    @indices.setter
    def indices(self, indices: ArrayLike) -> None:
        self.set_spikes(indices, self._times, self._period)

    @property
    def times(self) -> np.ndarray:
        """Time of each spike, float64 (n,), ms."""
        return self._seen(lambda: self._times)

    @times.setter
    def times(self, times: ArrayLike) -> None:
        self.set_spikes(self._indices, times, self._period)

    def _seen(self, read: Callable[[], T]) -> T:
        return read() if self._owner is None else self._owner.setting(read)

    def set_spikes(
        self,
        indices: ArrayLike,
        times: ArrayLike,
        period: float = 0.0,
        sorted: bool = False,  # noqa: A002 - the name of Brian 2
    ) -> None:
        """Set all spikes anew, before a run; those before the time reached are left out.

        Parameters
        ----------
        indices, times
            See the constructor.
        period : float, ms
            Spikes repeat after this time; 0 for never.
        sorted : bool
            Not needed; taken for compatibility with Brian 2.

        Raises
        ------
        ParameterError
            As by the constructor; the spikes are as they were.
        """
        check_switches(self._called(), sorted=sorted)
        set_in_trials(self, lambda given: self._take(*given), together(indices, times, period))

    def _take(self, indices: ArrayLike, times: ArrayLike, period: float) -> None:
        """Set all spikes anew."""
        where = self._called()
        before = self._indices, self._times, self._period
        self._indices, self._times = self._checked(where, indices, times)
        try:
            self._period = self._checked_period(where, period)
        except ParameterError:
            self._indices, self._times, self._period = before
            raise
        if self._owner is None:
            return
        try:
            self._owner.take_spikes(self)
        except ParameterError:
            self._indices, self._times, self._period = before
            raise
        early = 0 if self._period else int(np.count_nonzero(self._times < self._owner.t))
        if early and current_world().rank == 0:
            _log.warning(
                "%s: %d of the spikes that were set lie before the time reached, %g ms, and do "
                "not act",
                where,
                early,
                self._owner.t,
            )

    @property
    def period(self) -> float:
        """Time (ms) after which spikes repeat; 0 for never."""
        return self._seen(lambda: self._period)

    @property
    def spike_time(self) -> np.ndarray:
        """Time of each spike, float64 (n,), ms; as Brian 2 calls it."""
        return self.times

    @property
    def neuron_index(self) -> np.ndarray:
        """Source of each spike, int64 (n,); as Brian 2 calls it."""
        return self.indices

    def _checked_period(self, where: str, period: float) -> float:
        checked = checked_value(where, "period", period, "ms")
        if not isinstance(checked, float) or checked < 0:
            raise ParameterError(
                where, f"period={period!r} ms", "period is one time >= 0 ms", "correct period"
            )
        last = self._times.max(initial=0.0)
        dt = self.own_dt
        # Without a time step of its own, this is checked when that of the network is known.
        late = dt is not None and step_containing(last, dt) * dt >= checked
        if checked and (last >= checked or late):
            raise ParameterError(
                where,
                f"a spike at {last:g} ms, and period={checked:g} ms",
                "spikes lie before the period",
                "correct one of them",
            )
        return checked

    def belong_to(self, owner: GeneratorOwner | None) -> None:
        """Let `owner` know of what is set; none if it belongs to no network."""
        self._owner = owner

    def _checked(
        self, where: str, indices: ArrayLike, times: ArrayLike
    ) -> tuple[np.ndarray, np.ndarray]:
        try:
            given = np.atleast_1d(np.array(indices))
        except ValueError:
            # Lists of different lengths.
            given = np.empty((1, 1))
        at = np.atleast_1d(np.array(checked_value(where, "times", times, "ms"), dtype=np.float64))
        whole = given.dtype.kind == "f" and ((given % 1 == 0) & (abs(given) < 2**53)).all()
        if given.size == 0 or whole:
            given = given.astype(np.int64)
        if given.dtype.kind not in "iu" or given.shape != at.shape or given.ndim != 1:
            raise ParameterError(
                where,
                f"indices (dtype {given.dtype}, shape {given.shape}) and times (shape "
                f"{at.shape}) do not fit",
                "both are one-dimensional and of equal length, indices whole numbers",
                "give one index and one time for each spike; set_spikes sets both",
            )
        if given.size and not (given.min() >= 0 and given.max() < self.N):
            bad = int(given.min()) if given.min() < 0 else int(given.max())
            raise ParameterError(
                where,
                f"index {bad} lies outside the group",
                f"indices are at least 0 and below {self.N}",
                "correct indices",
            )
        if at.size and at.min() < 0:
            raise ParameterError(
                where, f"time {at.min()} ms is negative", "times are >= 0 ms", "correct times"
            )
        given = given.astype(np.int64)
        for array in (given, at):
            array.setflags(write=False)
        return given, at

    def describe(self, dt: float) -> GeneratorDescription:
        """The description of this group in a network with time step `dt` (ms)."""
        described = GeneratorDescription(
            self._name or "",
            self.N,
            self._indices,
            self._times,
            self.most_per_step,
            self._period,
        )
        # Before, another time step may still be set; then building checks them.
        built = self._owner is not None and self._owner.built
        fits = dt, id(self._indices), id(self._times), self._period
        if built and self._fits != fits:
            check_spikes(described, dt)
            self._fits = fits
        return described

    def settings(self) -> dict[str, Any]:
        """Values to set between runs; see `distsnn.front.network.saved.settings_between_runs`."""
        return {"indices": self._indices, "times": self._times, "period": self._period}

    def restore(self, settings: Mapping[str, Any]) -> None:
        """Take back what `settings` gave."""
        self._indices, self._times = settings["indices"], settings["times"]
        self._period = settings["period"]
