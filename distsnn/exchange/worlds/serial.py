"""The world of one process."""

from __future__ import annotations

from typing import Any, NoReturn

from numpy.typing import NDArray

from distsnn.exchange.worlds.world import World


class SerialWorld(World):
    """One rank in one process; needs no MPI."""

    name = "serial"
    rank = 0
    size = 1

    def barrier(self) -> None:
        """Return at once."""

    def allgather_into(self, send: NDArray[Any], receive: NDArray[Any]) -> None:
        """Copy `send` to `receive`, unless they are the same memory."""
        if send is not receive:
            receive[:] = send

    def allgather_object(self, value: Any) -> list[Any]:
        """Return a list of this one object."""
        return [value]

    def gather_object(self, value: Any, root: int = 0) -> list[Any] | None:
        """Return a list of this one object."""
        del root
        return [value]

    def bcast_object(self, value: Any, root: int = 0) -> Any:
        """Return the object itself."""
        del root
        return value

    def alltoall_object(self, values: list[Any]) -> list[Any]:
        """Return the list itself."""
        return values

    def split(self, part: int) -> SerialWorld:
        """Return a world of this one rank."""
        del part
        alone = SerialWorld()
        alone.whole = self
        return alone

    def all_arrive(self, seconds: float) -> bool:
        """Return True: there is no other rank."""
        del seconds
        return True

    def abort(self, status: int = 1) -> NoReturn:
        """End the process by SystemExit: no other rank can be left waiting."""
        raise SystemExit(status)
