"""The time step of a network whose objects have clocks of their own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from distsnn.describe.clocks import DEFAULT_CLOCK, Clocks, common_step
from distsnn.describe.values.time_steps import whole_ratio


class Timed(Protocol):
    """An object with a clock."""

    _name: str | None

    @property
    def own_dt(self) -> float | None:
        """Time step (ms) of its own clock, None for that of all objects without one."""

    @property
    def uses_clock(self) -> bool:
        """Whether something happens in its steps."""


def network_clocks(objects: Iterable[Timed], default: float) -> tuple[float, Clocks]:
    """The time step of a network (ms), and of its groups and synapses that have another one.

    `default` (ms) is that of objects without a clock of their own.

    Raises
    ------
    UnsupportedError
        If time steps have no common one.
    """
    own = {x._name or "": x for x in objects}
    if all(x.own_dt is None for x in own.values()):
        return default, ()
    given = {name: default if x.own_dt is None else x.own_dt for name, x in own.items()}
    asleep = {name for name, x in own.items() if not x.uses_clock}
    base = common_step(dt for name, dt in given.items() if name not in asleep)
    # What the time of synapses says must be a time of the network.
    if any(whole_ratio(base, given[name], 1e-9) is None for name in asleep):
        base, asleep = common_step(given.values()), set()
    found = [(name, dt) for name, dt in given.items() if dt != base and name not in asleep]
    if base != default and any(own[name].own_dt is None for name in own.keys() - asleep):
        found.append((DEFAULT_CLOCK, default))
    return base, tuple(sorted(found))
