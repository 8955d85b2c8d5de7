"""The world that this code runs in."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from distsnn.beginning import launched
from distsnn.errors import LauncherError, show_user_lines
from distsnn.exchange.jobs.abort import install_abort, install_unconnected
from distsnn.exchange.worlds.mpi import MpiWorld, NoMpiError
from distsnn.exchange.worlds.serial import SerialWorld
from distsnn.exchange.worlds.world import World

_override = threading.local()
_default: list[World] = []
_lock = threading.Lock()


def _leave_job() -> None:
    # A process that a rank has forked is no rank, though it has its memory.
    if _default:
        _default[0] = SerialWorld()


os.register_at_fork(after_in_child=_leave_job)


def current_world() -> World:
    """Return the world this code runs in.

    Within `using` that is the world given there. Else it is the same for the whole process: the
    ranks of the MPI job if there are several, else one process. MPI is looked at on the first call;
    the environment variable ``DISTSNN_WORLD=serial`` forbids that. Raises LauncherError if the
    launcher started several processes but each believes it is alone, because the launcher does not
    belong to the MPI that mpi4py uses, or because there is no MPI; or if ``DISTSNN_WORLD`` has
    another value.

    Returns
    -------
    World
        Not collective: one rank may ask alone.
    """
    world: World | None = getattr(_override, "world", None)
    if world is not None:
        return world
    with _lock:
        if not _default:
            _default.append(_find_world())
        return _default[0]


@contextmanager
def using(world: World) -> Iterator[World]:
    """Make `world` the current world of this thread within a ``with`` block.

    Parameters
    ----------
    world : World
        The world that `current_world` shall return.

    Yields
    ------
    World
        The same.
    """
    before = getattr(_override, "world", None)
    _override.world = world
    try:
        yield world
    finally:
        _override.world = before


def _find_world() -> World:
    wanted = os.environ.get("DISTSNN_WORLD", "auto")
    if wanted not in {"auto", "serial"}:
        raise LauncherError(
            "environment",
            f"DISTSNN_WORLD is {wanted!r}",
            "it may be auto or serial",
            "Unset it to use MPI where there are several ranks",
            value=wanted,
        )
    if wanted == "serial":
        return SerialWorld()
    why_alone = "its MPI found one rank"
    try:
        world = MpiWorld()
        if world.size > 1:
            # Processes that a rank starts are no ranks, though they inherit its environment.
            os.environ["DISTSNN_WORLD"] = "serial"
            return world
    except NoMpiError as error:
        why_alone = f"it has no usable MPI ({error})"
    try:
        check_launcher(os.environ, why_alone)
    except LauncherError as error:
        install_unconnected(error.rank, error.n_started)
        raise
    return SerialWorld()


def join_job() -> None:
    """Join the job that a launcher has started, if there is one; for ``import distsnn``.

    So an error anywhere in a script ends all ranks, also before its network runs: a rank
    that fails before it has started MPI would leave the others waiting for it in their own
    start. In a process that no launcher has started, MPI is not looked at. Errors of distsnn
    show the user's lines.

    Raises
    ------
    LauncherError
        As `current_world`.
    """
    show_user_lines()
    if launched(os.environ) is not None:
        install_abort(current_world())


def check_launcher(environment: Mapping[str, str], why_alone: str) -> None:
    """Check that no launcher meant this single process to be one of several.

    Parameters
    ----------
    environment : mapping of str to str
        The environment variables of this process.
    why_alone : str
        Why this process believes it is alone, for the message.

    Raises
    ------
    LauncherError
        If a variable says that there are more. Fields: ``variable`` (str), ``n_started``
        (int), ``rank`` (int, which of them this is).
    """
    known = launched(environment)
    if known is None:
        return
    variable, n_started, rank = known
    raise LauncherError(
        "launcher",
        f"{n_started} processes were started ({variable}={n_started}), "
        f"but each runs alone: {why_alone}",
        "the launcher must belong to the MPI library that mpi4py uses",
        "Use the mpirun next to this Python or 'distsnn run --ranks N'; with srun try "
        "'srun --mpi=pmi2' or '--mpi=pmix'; set DISTSNN_WORLD=serial if independent "
        "processes are what you want",
        variable=variable,
        n_started=n_started,
        rank=rank,
    )
