"""Settings of a script for all its objects, as in Brian 2: the scope, the clock, the seed."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np

from distsnn.describe.checks.settable import (
    BETWEEN_RUNS,
    Settable,
    is_postponed,
)
from distsnn.describe.synapses.connection_rule import ConnectionRule
from distsnn.describe.synapses.rule_expressions import ExpressionRule
from distsnn.describe.synapses.rules import AllToAll, OneToOne, Pairs
from distsnn.describe.values.given import Distribution, checked_dt
from distsnn.describe.values.given_expressions import Expression
from distsnn.describe.values.time_steps import steps_until
from distsnn.describe.values.timed_arrays import set_clock
from distsnn.errors import ParameterError
from distsnn.front.names.si_numbers import InSI
from distsnn.units import Unit

# More than any computer has cores.
MOST_THREADS = 4096
# A call of a function that draws.
_DRAWS = re.compile(r"\b(randn?|poisson|binomial|gamma|exponential|sample)\s*\(")
_PACKAGE = __name__.partition(".")[0]


class _Scope(threading.local):
    """Settings of one thread; in tests, threads play ranks, and each runs its own script."""

    number = 0
    created = 0
    seed_calls = 0
    # The seed that Brian 2's dialect has set, and how many assignments have drawn since.
    stream: tuple[int, int] | None = None
    dt = 0.1
    seed = 0
    threads = 1
    quantities = False
    network: Any = None
    last_run: Any = None

    def __init__(self) -> None:
        self.names: set[str] = set()


_scope = _Scope()


def next_creation_index() -> tuple[int, int]:
    """Number of the current scope, and of the object that asks among all of them."""
    _scope.created += 1
    return _scope.number, _scope.created


def start_scope() -> None:
    """Begin a new scope: `run` takes no notice of what was created before."""
    _scope.number += 1
    _scope.network = None
    _scope.names = set()


def seed(seed: int | None = None) -> None:
    """Set the seed of all that is drawn from now on.

    Networks that are made later draw by it; one that was made before without a seed of its own
    draws so in its next run. Called again before a run from the same time, it repeats the draws.

    Parameters
    ----------
    seed : int, optional
        A whole number >= 0; without one it is 0, so that all ranks draw the same.
    """
    checked = checked_seed("seed", 0 if seed is None else seed)
    if not is_postponed(lambda: _set_seed(checked)):
        _set_seed(checked)


def _set_seed(seed: int) -> None:
    _scope.seed = seed
    _scope.seed_calls += 1
    _scope.stream = None
    if _scope.network is not None and not _scope.network.built:
        _scope.network.seed = _scope.seed


def begin_draws() -> None:
    """Let assignments from now on draw in their order by the seed that was set, as in Brian 2."""
    _scope.stream = _scope.seed, 0


def next_draw(value: object) -> tuple[int, int] | None:
    """The seed and number that key what an assignment or ``connect`` draws; None: its object does.

    Parameters
    ----------
    value : Value or ConnectionRule
        A distribution, a random rule, or an expression that calls `rand` or `randn`, counts.
    """
    if isinstance(value, float | np.ndarray):
        return None
    draws = isinstance(value, Distribution)
    draws = draws or (isinstance(value, Expression) and _DRAWS.search(value.text) is not None)
    return take_number() if draws or _is_random(value) else None


def present_draws() -> tuple[int, int] | None:
    """The draws from here on, for `draw_from`."""
    return _scope.stream


def draw_from(draws: tuple[int, int] | None) -> None:
    """Let assignments draw what they would have drawn before."""
    _scope.stream = draws


def _is_random(rule: object) -> bool:
    if isinstance(rule, ExpressionRule):
        return bool(rule.p) or _DRAWS.search(f"{rule.text} {rule.n}") is not None
    return isinstance(rule, ConnectionRule) and not isinstance(rule, AllToAll | OneToOne | Pairs)


def take_number() -> tuple[int, int] | None:
    """The seed and number of the next draw by it; None where no seed was set."""
    if _scope.stream is None:
        return None
    found = _scope.stream
    _scope.stream = found[0], found[1] + 1
    return found


def checked_seed(where: str, seed: object) -> int:
    """`seed` as an int.

    Raises ParameterError if it is no whole number >= 0.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ParameterError(where, f"seed={seed!r}", "seed is a whole number >= 0", "correct seed")
    return int(seed)


def set_threads(threads: int) -> None:
    """Set how many threads each rank uses for networks that are made from now on.

    Results do not depend on it. As many as there are cores for each rank is the most that helps.

    Parameters
    ----------
    threads : int
        At least 1; the same on all ranks.

    Examples
    --------
    >>> import distsnn as snn
    >>> snn.set_threads(2)
    >>> cells = snn.NeuronGroup(10, snn.LIF(I_e=400 * snn.pA), name="cells")
    >>> snn.Network(cells, dt=0.1 * snn.ms).run(50 * snn.ms).spikes
    10
    >>> snn.set_threads(1)
    """
    _scope.threads = checked_threads("set_threads", threads)
    if _scope.network is not None and not _scope.network.built:
        _scope.network.threads = _scope.threads


def checked_threads(where: str, threads: object) -> int:
    """A number of threads as an int.

    Raises ParameterError if it is no whole number from 1 to `MOST_THREADS`.
    """
    if (
        isinstance(threads, bool)
        or not isinstance(threads, int | np.integer)
        or not 1 <= threads <= MOST_THREADS
    ):
        raise ParameterError(
            where,
            f"threads={threads!r}",
            f"threads is a whole number >= 1 and at most {MOST_THREADS:,}",
            "say how many threads each rank shall use",
        )
    return int(threads)


class Clock(InSI):
    """A time step of single objects, for their argument ``clock=``.

    Parameters
    ----------
    dt : float, ms
        It may be set before the first run.
    name : str
    """

    SETTABLE = {"dt": BETWEEN_RUNS}

    def __init__(self, dt: float, name: str = "clock*") -> None:
        self.name = name.rstrip("*")
        self.dt = dt

    @property
    def dt(self) -> Unit:
        """Time step, ms; it multiplies lists as units do, ``[0, 2]*defaultclock.dt``."""
        return Unit(self._dt)

    @dt.setter
    def dt(self, dt: float) -> None:
        self._dt = checked_dt(self._called(), dt)

    @property
    def timestep(self) -> int:
        """Number of the next step, in the network which ran last."""
        t = 0.0 if _scope.last_run is None else float(_scope.last_run.t)
        return steps_until(t, float(self.dt))

    @property
    def t(self) -> float:
        """Time of the next step, ms."""
        return self.timestep * float(self.dt)

    @property
    def variables(self) -> dict[str, np.float64]:
        """Its times (float64, ms) by name; scripts ask for their dtype."""
        return {"t": np.float64(self.t), "dt": np.float64(self.dt)}

    def _called(self) -> str:
        return self.name

    def unit_of(self, name: str) -> str:
        """Unit of an attribute."""
        return "1" if name == "timestep" else "second"


class EventClock(Settable):
    """Times of one's own, at which statements run or objects are called.

    Parameters
    ----------
    times : sequence of float, ms
        Not negative, each once.
    name : str

    Raises
    ------
    ParameterError
        If a time is none, or there are two of the same.
    """

    def __init__(self, times: Any, name: str = "eventclock*") -> None:
        self.name = name.rstrip("*")
        given = np.asarray(times, dtype=np.float64)
        ascending = np.unique(given)
        if given.ndim != 1 or ascending.size != given.size or not np.isfinite(given).all():
            raise ParameterError(
                self.name, f"times={times!r}", "times are numbers, each once", "correct them"
            )
        if ascending.size and ascending[0] < 0:
            raise ParameterError(
                self.name, f"the time {ascending[0]:g} ms", "times are >= 0", "correct it"
            )
        self._times = ascending

    @property
    def times(self) -> np.ndarray:
        """The times, ascending, float64 (n,), ms."""
        return self._times.copy()

    def __getitem__(self, item: Any) -> Any:
        return self._times[item]

    def __len__(self) -> int:
        return int(self._times.size)

    def unit_of(self, name: str) -> str:
        """Unit of an attribute."""
        return "second" if name == "times" else "1"


class DefaultClock(Clock):
    """The time step of objects without a clock, and the time of the network which ran last."""

    def __init__(self) -> None:
        self.name = "defaultclock"

    @property
    def _dt(self) -> float:
        return _scope.dt

    @_dt.setter
    def _dt(self, dt: float) -> None:
        _scope.dt = dt

    @property
    def t(self) -> float:
        """Time that the network which ran last has reached, ms."""
        return 0.0 if _scope.last_run is None else float(_scope.last_run.t)


defaultclock = DefaultClock()
set_clock(lambda: _scope.dt)


def clock_of_monitor(where: str, dt: object, clock: object) -> Clock | EventClock | None:
    """As `own_clock`, of an object that can also act at times of its own."""
    return clock if isinstance(clock, EventClock) and dt is None else own_clock(where, dt, clock)


def own_clock(where: str, dt: object, clock: object) -> Clock | None:
    """The clock that ``dt=`` or ``clock=`` of an object mean; None for that of all others.

    Raises
    ------
    ParameterError
        If both are given, or `clock` is none.
    """
    if dt is not None and clock is not None:
        raise ParameterError(
            where, "dt= and clock= are given", "one of them says when it runs", "leave one out"
        )
    if dt is not None:
        return Clock(checked_dt(where, dt), f"{where.lower()}_clock")
    if isinstance(clock, EventClock):
        raise ParameterError(
            where, "clock= is an EventClock",
            "statements (run_at), StateMonitor and network operations take one",
            "give a Clock, or dt=",
        )  # fmt: skip
    if clock is not None and not isinstance(clock, Clock):
        raise ParameterError(
            where, f"clock={clock!r}", "clock is a Clock, such as Clock(0.5*ms)", "give one, or dt="
        )
    return None if isinstance(clock, DefaultClock) else clock


def current_seed() -> int:
    """The seed set last in this scope."""
    return _scope.seed


def seed_calls() -> int:
    """Number of times that a seed has been set."""
    return _scope.seed_calls


def current_threads() -> int:
    """The number of threads set last."""
    return _scope.threads


def current_scope() -> int:
    """Number of the current scope."""
    return _scope.number


def quantities_expected() -> bool:
    """Whether plain numbers in expressions have no unit, as in `distsnn.brian`."""
    return _scope.quantities


@contextmanager
def expecting_quantities() -> Iterator[None]:
    """Let plain numbers in expressions have no unit."""
    before, _scope.quantities = _scope.quantities, True
    try:
        yield
    finally:
        _scope.quantities = before


_finder: list[Callable[[tuple[Any, ...]], Any]] = []
_namer: list[Callable[[tuple[Any, ...]], None]] = []


def names_given() -> set[str]:
    """Names that objects of this scope got before they had a network."""
    return _scope.names


def set_network_finder(
    finder: Callable[[tuple[Any, ...]], Any], namer: Callable[[tuple[Any, ...]], None]
) -> None:
    """Say what makes the network of a scope: networks know of groups, not groups of networks.

    `namer` gives names to objects that have no network yet.
    """
    _finder[:], _namer[:] = [finder], [namer]


def find_network(*wanted: Any) -> Any:
    """The network of this scope with `wanted` in it, made if there is none."""
    return _finder[0](wanted)


def give_visible_names(*wanted: Any) -> None:
    """Name `wanted`, and all objects of this scope that the calling code sees, as `run` does."""
    _namer[0](wanted)


def scope_network() -> Any:
    """The network of `run` in this scope, if there is one already."""
    return _scope.network


def set_scope_network(network: Any) -> None:
    """Remember the network of `run` in this scope."""
    _scope.network = network


def set_last_run(network: Any) -> None:
    """Remember the network whose time `defaultclock` has."""
    _scope.last_run = network


# What is told of each run before it begins: the network, and what runs it. One that returns True
# runs it later.
run_listeners: list[Callable[[Any, Callable[[], Any]], bool]] = []


def last_run() -> Any:
    """The network that ran last, or None."""
    return _scope.last_run


def user_names() -> Mapping[str, Any]:
    """Globals and locals of the code outside distsnn that led here; empty under a command."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module == f"{_PACKAGE}.cli" or module.startswith(f"{_PACKAGE}.commands."):
            return {}
        if module.partition(".")[0] != _PACKAGE or module.startswith(f"{_PACKAGE}.examples"):
            return {**frame.f_globals, **frame.f_locals}
        frame = frame.f_back
    return {}
