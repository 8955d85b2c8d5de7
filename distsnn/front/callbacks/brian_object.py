"""Objects of users that a network calls at the times of their clock, as ``BrianObject``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, overload

import numpy as np

from distsnn.describe.values.given import checked_dt, whole_number
from distsnn.errors import ParameterError, UsedTwiceError
from distsnn.front.callbacks.schedule import check_slot
from distsnn.front.names.named import Named, checked_name
from distsnn.front.names.scope import Clock, EventClock, defaultclock, next_creation_index

# Orders beyond are no orders.
_LOWEST = -(2**31)


class BrianObject(Named):
    """Base of objects whose `run` a network calls while it runs, on every rank.

    Parameters
    ----------
    dt : float, ms, optional
        Time between two calls; by default the time step of the network.
    clock : object with ``dt``, optional
        Says the same.
    when : str
        Place within a time step: a slot of the network's schedule, such as ``"start"`` or
        ``"end"``, or ``"before_..."`` and ``"after_..."`` of one.
    order : int
        Objects in one slot are called in ascending order, those with the same by name.
    namespace : mapping, optional
        Taken for scripts of Brian 2.
    name : str
        Name within the network; one that ends in ``*`` gets a number if it is taken.

    Attributes
    ----------
    active : bool
        Whether `run` is called.
    contained_objects : list of BrianObject
        Objects that belong to every network which this one belongs to.

    Notes
    -----
    All ranks call `run` at the same time. Within it variables of all objects may be read and set,
    which all ranks must do alike.

    Examples
    --------
    >>> import distsnn as snn
    >>> class Counter(snn.BrianObject):
    ...     count = 0
    ...
    ...     def run(self):
    ...         self.count += 1
    >>> counter = Counter(dt=1 * snn.ms)
    >>> summary = snn.Network(counter).run(5 * snn.ms)
    >>> counter.count
    5
    """

    # The network that has run with the object.
    _ran_in: object = None
    add_to_magic_network = False
    invalidates_magic_network = True

    def __init__(
        self,
        dt: float | None = None,
        clock: Any = None,
        when: str = "start",
        order: int = 0,
        namespace: Mapping[str, Any] | None = None,  # noqa: ARG002 - of Brian 2
        name: str = "brianobject*",
    ) -> None:
        where = type(self).__name__
        if dt is not None and clock is not None:
            raise ParameterError(where, "dt= and clock= are given", "one is", "leave one out")
        pattern = name if isinstance(name, str) and name.endswith("*") else "*"
        self._name = None if name == pattern else checked_name(where, name)
        self.name_pattern = pattern.rstrip("*")
        self.creation_index = next_creation_index()
        self._clock = clock if dt is None else Clock(checked_dt(where, dt))
        check_slot(where, when)
        number = whole_number(order, _LOWEST)
        if number is None:
            raise ParameterError(where, f"order={order!r}", "order is a whole number", "correct it")
        self.when, self.order, self.active = when, number, True
        self.contained_objects: list[BrianObject] = []

    def __setattr__(self, name: str, value: Any) -> None:
        # Classes of users have attributes of their own.
        object.__setattr__(self, name, value)

    @property
    def clock(self) -> Any:
        """The clock of ``dt=`` or the one that was given, or that of all networks."""
        return defaultclock if self._clock is None else self._clock

    @property
    def call_times(self) -> np.ndarray | None:
        """The times of its calls (float64 (n,), ms, ascending), if these are not regular."""
        return self._clock.times if isinstance(self._clock, EventClock) else None

    def period(self, dt: float) -> float:
        """Time between two calls (ms) in a network with the time step `dt` (ms)."""
        if isinstance(self._clock, EventClock):
            return dt
        if self._clock is not None and self._clock is not defaultclock:
            return checked_dt(self._called(), self._clock.dt)
        return dt

    def belong_to(self, network: object) -> None:
        """Be called by `network` alone, once it has run.

        Raises
        ------
        UsedTwiceError
            If another one has run with the object.
        """
        if self._ran_in is not None and self._ran_in is not network:
            raise UsedTwiceError(
                self._called(),
                "the object belongs to a network that has run",
                "an object runs in one network only",
                "make a new one",
            )

    def run_in(self, network: object) -> None:
        """Note that `network` runs with the object."""
        self.belong_to(network)
        self._ran_in = network

    def before_run(self, namespace: Mapping[str, Any] | None = None) -> None:
        """Prepare a run; called at its begin."""

    def run(self) -> None:
        """Do what the object is for; called at the times of its clock."""

    def after_run(self) -> None:
        """Finish a run; called at its end."""

    def all_contained(self) -> list[BrianObject]:
        """The object, and all that belong to it."""
        return [self, *(x for one in self.contained_objects for x in one.all_contained())]


class NetworkOperation(BrianObject):
    """A function that a network calls while it runs, on every rank.

    Parameters
    ----------
    function : callable
        It takes nothing, or the time (ms).
    dt, clock, when, order, name
        See `BrianObject`.

    Raises
    ------
    ParameterError
        If the function takes more.
    """

    add_to_magic_network = True

    def __init__(
        self,
        function: Callable[..., Any],
        dt: float | None = None,
        clock: Any = None,
        when: str = "start",
        order: int = 0,
        name: str = "networkoperation*",
    ) -> None:
        super().__init__(dt, clock, when, order, name=name)
        self.function = function
        self._takes_time = _takes_time(function)

    def run(self) -> None:
        """Call the function."""
        # Attributes are slow where they carry units, and this is called in each step.
        own = vars(self)
        if own["_takes_time"]:
            # An event clock has the times of calls alone, which are those of the network.
            clock = own["_clock"]
            regular = clock is not None and not isinstance(clock, EventClock)
            own["function"](clock.t if regular else defaultclock.t)
        else:
            own["function"]()


@overload
def network_operation(function: Callable[..., Any], /) -> NetworkOperation: ...


@overload
def network_operation(**given: Any) -> Callable[[Callable[..., Any]], NetworkOperation]: ...


def network_operation(*functions: Callable[..., Any], **given: Any) -> Any:
    """Make a function one that networks call while they run, on every rank; a decorator.

    Parameters
    ----------
    dt, clock, when, order, name
        See `NetworkOperation`; without them the function is called in every time step.

    Returns
    -------
    NetworkOperation

    Examples
    --------
    >>> import distsnn as snn
    >>> cells = snn.NeuronGroup(3, "v : 1")
    >>> @snn.network_operation(dt=1 * snn.ms)
    ... def raise_all(t):
    ...     cells.v = cells.v + t
    >>> summary = snn.Network(cells, raise_all).run(3 * snn.ms)
    >>> cells.v[:].tolist()
    [3.0, 3.0, 3.0]
    """
    if len(functions) == 1 and callable(functions[0]) and not given:
        return NetworkOperation(functions[0])
    if functions:
        raise ParameterError(
            "network_operation",
            "it was given more than a function",
            "it stands as @network_operation or @network_operation(dt=..., when=..., order=...)",
            "name its arguments",
        )

    def made(function: Callable[..., Any]) -> NetworkOperation:
        return NetworkOperation(function, **given)

    return made


def _takes_time(function: Callable[..., Any]) -> bool:
    """Whether a function takes an argument.

    Raises ParameterError if it takes more, or is a method of no object.
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    wanted = [
        p
        for p in parameters
        if p.default is p.empty and p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD}
    ]
    if not callable(function) or len(wanted) > 1 or (wanted and wanted[0].name == "self"):
        raise ParameterError(
            "NetworkOperation",
            f"{getattr(function, '__qualname__', repr(function))} cannot be called with a time",
            "a network operation is a function of nothing or of the time; of a method, that of an "
            "object: NetworkOperation(thing.method)",
            "correct the function",
        )
    return bool(wanted)
