"""Statements that run at regular times, as users give them: `run_regularly`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from distsnn.describe.checks.settable import BETWEEN_RUNS, Settable
from distsnn.describe.operations import SLOTS, Operation
from distsnn.describe.values.given import checked_dt
from distsnn.errors import NotThereError, ParameterError
from distsnn.front.names.named import checked_name
from distsnn.front.names.scope import EventClock


class RegularOperation(Settable):
    """Statements that run at regular times or at events; made by ``run_regularly`` and the like.

    Parameters
    ----------
    group : group, slice or Synapses
    made : Operation
    owner : str
        Name of the group or synapses.

    Attributes
    ----------
    group : group, slice or Synapses
    name, statements, when : str
    order : int
    dt : float, ms, or None
        None for every step.
    times : float64 array (n,), ms
        Those at which they run, if not regularly.
    part : str
        The name, in which ``*`` stands for that of the group or synapses.
    """

    SETTABLE = {"active": BETWEEN_RUNS}

    def __init__(self, group: Any, made: Operation, owner: str) -> None:
        self.group = group
        self.part = made.name
        self.name = made.name.replace("*", owner)
        self.statements, self.when, self.order = made.statements, made.when, made.order
        self.dt, self.times = made.every or None, np.array(made.times)

    @property
    def active(self) -> bool:
        """Whether the statements run in the next runs; it may be set between runs."""
        return not self._switched.rests(self.part)

    @active.setter
    def active(self, active: bool) -> None:
        self._switched.switch(self.part, active)

    @property
    def _switched(self) -> Any:
        """The object that has the switch: of a slice its group."""
        return getattr(self.group, "group", self.group)


class RunsAt:
    """An object with `run_regularly`, which can run statements at given times too."""

    if TYPE_CHECKING:

        def run_regularly(self, *values: Any, **given: Any) -> RegularOperation:
            """Run statements at regular times."""

    def run_at(
        self,
        code: str,
        times: Any,
        when: str = "start",
        order: int = 0,
        name: str | None = None,
    ) -> RegularOperation:
        """Run statements at given times, as Brian 2 does from 2026 on.

        Parameters
        ----------
        code, when, order, name
            See `run_regularly`.
        times : sequence of float, ms
            Multiples of the time step.

        Returns
        -------
        RegularOperation
        """
        return self.run_regularly(code, None, EventClock(times), when, order, name)


def checked_operation(  # noqa: PLR0913 - the arguments of Brian 2
    where: str,
    known: int,
    part: tuple[int, int],
    code: object,
    dt: object,
    clock: object,
    when: object,
    order: object,
    name: str | None,
) -> Operation:
    """The description of statements that run at regular times.

    Raises ParameterError if an argument is not allowed.

    Parameters
    ----------
    where : str
        Name of the group or synapses.
    known : int
        How many operations it has already.
    part : (int, int)
        Start and stop of the neurons.
    code, dt, clock, when, order, name
        See `distsnn.front.neurons.group_base.SpikeSource.run_regularly`.
    """
    if not isinstance(code, str):
        raise ParameterError(
            where, f"run_regularly({code!r})", "statements are given as text", "write 'v += 1'"
        )
    if clock is not None and dt is not None:
        raise ParameterError(
            where, "both dt and clock are given", "one of them says when it runs", "leave one out"
        )
    every, times = 0.0, ()
    if isinstance(clock, EventClock):
        times = tuple(clock.times.tolist())
    elif clock is not None or dt is not None:
        every = checked_dt(where, dt if clock is None else getattr(clock, "dt", clock))
    if not isinstance(when, str) or when not in SLOTS:
        raise NotThereError(
            where, f"when={when!r}", f"when is one of {', '.join(SLOTS)}", "choose one"
        )
    if isinstance(order, bool) or not isinstance(order, int | np.integer):
        raise ParameterError(where, f"order={order!r}", "order is a whole number", "correct it")
    default = f"*_run_{'at' if times else 'regularly'}" + (f"_{known}" if known else "")
    called = checked_name(where, name) or default
    return Operation(called, code, *part, every, when, int(order), times=times)
