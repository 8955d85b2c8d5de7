"""Ranks of one host meet in memory that they share; nothing else is different for anybody.

That spikes are the same shows ``test_network.py``.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from distsnn.exchange import World, launch
from tests.jobs import FAULT, MODEL, SECONDS_TO_END, Job, seconds_since_fault

WITHOUT = ("DISTSNN_SHARED_MEMORY", "0")
# So long that it does not end before the test does something.
LONG = ("run", "model.py", "--quiet", "--time", "1e8")


@pytest.mark.ranks(2, 3, 7)
def test_all_ranks_see_what_each_writes(world: World) -> None:
    memory = world.share_memory(1000 * world.size)
    assert memory is not None
    assert not memory.any()
    world.barrier()
    numbers = memory.view(np.int64).reshape(world.size, -1)
    numbers[world.rank] = world.rank + 1
    world.barrier()
    assert (numbers == np.arange(1, world.size + 1)[:, None]).all()
    # Nothing stays behind, whatever happens to the ranks.
    lines = Path("/proc/self/maps").read_text().splitlines()
    assert any("distsnn-" in line and line.endswith("(deleted)") for line in lines)


@pytest.mark.ranks(2)
def test_no_memory_is_shared(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.share_memory(1 << 40) is None
    if world.rank == 1:
        monkeypatch.setenv(*WITHOUT)
    assert world.share_memory(1000) is None
    if world.rank == 0:
        monkeypatch.setattr("distsnn.exchange.worlds.shared._IN_MEMORY", Path("/proc"))
    monkeypatch.delenv(WITHOUT[0], raising=False)
    assert world.share_memory(1000) is None
    # On the second rank, as in a container of its own.
    monkeypatch.undo()
    if world.rank == 1:
        monkeypatch.setattr("distsnn.exchange.worlds.shared._open", lambda *_: None)
    assert world.share_memory(1000) is None


def has_ended(process: psutil.Process) -> bool:
    """Whether a process is no more, or only waits until somebody asks for its status."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def began(job: Job) -> None:
    """Wait until all ranks run."""
    assert job.wait_for(job.steps)
    time.sleep(0.5)


@pytest.mark.parametrize("rank", [0, 1])
def test_a_rank_is_killed_while_others_wait_for_it(tmp_path: Path, rank: int) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    with Job(tmp_path, *LONG, "--ranks", "3") as job:
        began(job)
        job.ranks()[rank].kill()
        status, text = job.end(SECONDS_TO_END)
    assert status != 0
    assert f"distsnn: rank {rank} of 3: killed" in text


def test_one_rank_asks_to_stop(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    with Job(tmp_path, *LONG, "--ranks", "3", "--checkpoint", "state.h5") as job:
        began(job)
        job.ranks()[2].send_signal(signal.SIGTERM)
        status, text = job.end(SECONDS_TO_END)
    assert "stopped by SIGTERM at" in text, text
    assert status == 75
    assert (tmp_path / "state.h5").exists()


def test_the_second_interrupt_ends_a_rank_that_waits(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    with Job(tmp_path, *LONG, "--ranks", "2") as job:
        began(job)
        first, second = job.ranks()
        # It does not come any more, so that the first one waits.
        second.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
        first.send_signal(signal.SIGINT)
        assert job.wait_for(lambda: not job.answers(signal.SIGINT, 0))
        first.send_signal(signal.SIGINT)
        job.wait_for(lambda: has_ended(first), SECONDS_TO_END)
        # The launcher may have done so.
        with contextlib.suppress(psutil.NoSuchProcess):
            second.kill()
        status, text = job.end(SECONDS_TO_END)
    assert status != 0
    assert "distsnn: rank" in text


@pytest.mark.parametrize("caught", [True, False])
def test_an_error_of_one_rank_in_the_middle_of_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caught: bool
) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        f"""
{FAULT}
import distsnn as snn
from distsnn.exchange import current_world

cells = snn.NeuronGroup(20, snn.LIF(I_e=500.0), name="cells")
monitor = snn.SpikeMonitor(cells)
net = snn.Network(cells, monitor)
net.run(10.0)
if current_world().rank == 1:
    snn.SpikeMonitor.read_spikes = lambda monitor, step, gid: fault() / 0
try:
    net.run(1e8)
except ZeroDivisionError:
    if not {caught}:
        raise
"""
    )
    # Ranks leave the time of their fault there.
    monkeypatch.chdir(tmp_path)
    done = launch([sys.executable, str(script)], 2, 120.0, capture=True)
    assert seconds_since_fault(tmp_path) < SECONDS_TO_END
    assert done.returncode != 0
    message = "ended while other ranks wait for it" if caught else "ZeroDivisionError"
    assert f"distsnn: rank 1 of 2: {message}" in done.stderr, done.stderr
    assert done.stderr.count("distsnn: rank") == 1, done.stderr
