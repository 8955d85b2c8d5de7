"""What several ranks are compared with: the same in one process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from distsnn.exchange import SerialWorld, World, using

Result = TypeVar("Result")


def alone(world: World, ran: Callable[[], Result]) -> Result:
    """What a function finds in one process, for all ranks; one of them runs it. Collective."""
    found = None
    if world.rank == 0:
        with using(SerialWorld()):
            found = ran()
    return world.bcast_object(found)
