"""``Simulate`` and what belongs to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from distsnn.errors import ParameterError
from distsnn.exchange import current_world
from distsnn.nest.kernel import kernel
from distsnn.nest.nodes.text_files import write_text_files
from distsnn.nest.simulation.simulation import Simulation


def _make() -> Simulation:
    return Simulation(kernel)


kernel.make = _make  # the kernel knows no networks


def Simulate(t: float) -> None:
    """Simulate `t` (ms), a multiple of the resolution. Every rank must call this."""
    Prepare()
    Run(t)
    Cleanup()


def Prepare() -> None:
    """Make the network, if it has not been made; see NEST's ``Prepare``."""
    kernel.network()
    kernel.prepared = True


def Run(t: float) -> None:
    """Simulate `t` (ms) between `Prepare` and `Cleanup`. Every rank must call this."""
    if not kernel.prepared:
        raise ParameterError(
            "nest.Run", "there was no Prepare", "Run stands between Prepare and Cleanup",
            "call nest.Prepare, or nest.Simulate",
        )  # fmt: skip
    if not t >= 0:
        raise ParameterError("nest.Run", f"t={t!r} ms", "t is >= 0 ms", "correct t")
    steps = kernel.steps("nest.Simulate", float(t))
    kernel.begun, kernel.spikes = kernel.step, 0
    with kernel.timed("simulate"):
        network, kernel.advancing = kernel.network(), True
        try:
            network.advance(steps)
        finally:
            kernel.advancing = False


def Cleanup() -> None:
    """End what `Prepare` began: files of recorders are written."""
    kernel.prepared = False
    if current_world().rank == 0:
        write_text_files(kernel)


@contextmanager
def RunManager() -> Iterator[None]:
    """`Prepare` at the beginning of a ``with`` block, `Cleanup` at its end."""
    Prepare()
    try:
        yield
    finally:
        Cleanup()


def ResetKernel() -> None:
    """Forget all nodes, connections and settings."""
    kernel.reset()


def Rank() -> int:
    """Rank of this process."""
    return current_world().rank


def NumProcesses() -> int:
    """Number of ranks."""
    return current_world().size


def SyncProcesses() -> None:
    """Nothing: each call that all ranks make waits for them."""
