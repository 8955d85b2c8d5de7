"""The interface of a set of ranks."""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import numpy as np
from numpy.typing import NDArray

from distsnn.kernels.barrier import BARRIER_SIZE

T = TypeVar("T")


class World(ABC):
    """A set of ranks that can talk to each other.

    Every method except `abort` and `all_arrive` is collective: all ranks must call it, in the
    same order.

    Attributes
    ----------
    rank : int
        Number of this process, ``0 <= rank < size``.
    size : int
        Number of ranks.
    name : str
        ``"serial"``, ``"mpi"``, ``"threads"``, ``"loopback"`` or ``"surrogate"``.
    owns_process : bool
        Whether a rank is a whole process, so that its end is the rank's end.
    host : str
        Name of the machine this rank runs on.
    communicator : object or None
        The mpi4py communicator of an MPI world, for libraries that want one (parallel
        HDF5); None in the other worlds.
    ranks : World
        The ranks, where this world is that of threads (see `ThreadWorld`); else itself.
    thread, n_threads : int
        Number of this thread within its rank, and how many a rank has.
    barrier_state : int64 array
        Where threads of a rank meet, see `distsnn.kernels.barrier`.
    n_ahead : int
        For how many intervals memory that is shared has messages of others beforehand, so that
        nobody waits for them; 0 but for `SurrogateWorld`.
    whole : World or None
        The world that this one was split from; None if it is no part of another.
    """

    name: str
    rank: int
    size: int
    owns_process = True
    n_ahead = 0
    whole: World | None = None

    def __init__(self) -> None:
        self.host = socket.gethostname()
        self.communicator: Any = None
        self.barrier_state: NDArray[np.int64] = np.zeros(BARRIER_SIZE, dtype=np.int64)
        self.ranks: World = self
        self.thread, self.n_threads = 0, 1

    def of_rank(self, make: Callable[[], T]) -> T:
        """The object that the first thread of the rank makes, shared by all its threads.

        Collective among the threads of the rank.
        """
        return make()

    def gather_in_rank(self, value: T) -> list[T]:
        """The objects of all threads of the rank, by thread, uncopied. Collective among them."""
        return [value]

    @abstractmethod
    def barrier(self) -> None:
        """Wait until every rank has come here."""

    @abstractmethod
    def allgather_into(self, send: NDArray[Any], receive: NDArray[Any]) -> None:
        """Give every rank the arrays of all ranks, in the order of ranks.

        Parameters
        ----------
        send : ndarray, shape (n,)
            In. Contiguous; dtype and length are the same on all ranks.
        receive : ndarray, shape (size * n,)
            Out. Contiguous, of the same dtype; rank r's part starts at ``r * n``.
        """

    @abstractmethod
    def allgather_object(self, value: Any) -> list[Any]:
        """Give every rank one picklable object of each rank.

        Returns
        -------
        list
            The objects in the order of ranks.
        """

    @abstractmethod
    def gather_object(self, value: Any, root: int = 0) -> list[Any] | None:
        """Give one rank a picklable object of each rank.

        Parameters
        ----------
        root : int
            The rank that receives.

        Returns
        -------
        list or None
            The objects in the order of ranks on `root`, None on the other ranks.
        """

    @abstractmethod
    def bcast_object(self, value: Any, root: int = 0) -> Any:
        """Give every rank a picklable object of one rank.

        Parameters
        ----------
        value : object
            The object to send; ignored on all ranks but `root`.
        root : int
            The rank that sends.

        Returns
        -------
        object
            The object of `root`.
        """

    @abstractmethod
    def alltoall_object(self, values: list[Any]) -> list[Any]:
        """Give every rank one picklable object of its own from each rank.

        Parameters
        ----------
        values : list of object, length size
            This rank's object for each rank.

        Returns
        -------
        list
            The objects for this rank in the order of the ranks that sent them.
        """

    def offset(self, n: int) -> tuple[int, int]:
        """Begin of this rank's `n` elements among those of all ranks, and the number of all.

        The first number is the exclusive scan of `n` over the ranks.
        """
        counts = self.allgather_object(n)
        return sum(counts[: self.rank]), sum(counts)

    def share_memory(self, n_bytes: int) -> NDArray[np.uint8] | None:
        """Bytes that all ranks read and write, zeros at first; None if they have none in common.

        Parameters
        ----------
        n_bytes : int
            The same on all ranks.
        """
        del n_bytes
        return None

    @abstractmethod
    def split(self, part: int) -> World:
        """Divide the ranks into worlds of their own, which do not wait for each other.

        Errors that nobody catches still end the ranks of all parts.

        Parameters
        ----------
        part : int
            Ranks that give the same number stay together, in the same order.

        Returns
        -------
        World
            The part that this rank belongs to; its `whole` is this world.
        """

    @abstractmethod
    def all_arrive(self, seconds: float) -> bool:
        """Whether every rank comes here within some seconds; one rank may come alone.

        For a rank of a part of a world that has met an error and does not know whether the
        others wait for it in a collective call. After False the world cannot be used any more.

        Parameters
        ----------
        seconds : float
            How long to wait for the others.
        """

    @abstractmethod
    def abort(self, status: int = 1) -> NoReturn:
        """End all ranks at once, whatever they are doing. One rank may call this alone.

        Parameters
        ----------
        status : int
            Exit status of the job, not zero.
        """

    def __repr__(self) -> str:
        return f"<{self.name} world: rank {self.rank} of {self.size}>"
