"""Ranks that are killed while all of them write one file, disks that fail, files that others hold.

``test_parallel_hdf5.py`` runs this file in an environment whose h5py has MPI; elsewhere one rank
writes (see ``test_checkpoint_faults.py``).
"""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from distsnn.beginning import STATUS_OF_STOP
from distsnn.record.checkpoint_file import CheckpointFile
from distsnn.record.files.file_layout import partial_path
from distsnn.record.spikes.spike_reader import SpikeFile
from tests.disks import fill, small_disk_in
from tests.jobs import (
    FAULT,
    FAULT_OF_FILES,
    SECONDS_TO_END,
    Job,
    run,
    seconds_since_fault,
)
from tests.recorded import content

pytestmark = pytest.mark.skipif(
    not os.environ.get("DISTSNN_TEST_EXPECTS_PARALLEL_HDF5"),
    reason="only ranks that write together can wait for each other",
)
SPIKING = '''"""Many spikes, and few exchanges."""
import distsnn as snn

DURATION = 400.0


def network():
    cells = snn.NeuronGroup(300, snn.LIF(), name="cells")
    cells.I_e = snn.Uniform(500.0, 800.0)
    synapses = snn.Synapses(cells, cells, snn.Delta(), weight=0.1, delay=5.0, name="synapses")
    synapses.connect(snn.FixedIndegree(20))
    return snn.Network(cells, synapses)
'''
# Something that happens to a rank in the middle of what writes a file, once another is there.
FAULTY = """
import os, signal
import distsnn.record
from distsnn.exchange import current_world
from distsnn.record import checkpoint_writer, edge_file
from distsnn.record.files import hdf5
from distsnn.record.files import shared_file
from distsnn.record.spikes import partial_spikes, spike_file

plain, calls = {owner}.{function}, 0


def faulty(*arguments):
    global calls
    if current_world().rank == {rank}:
        calls += os.path.exists("{after}")
        if calls > {calls}:
            fault()
            {happens}
    return plain(*arguments)


{owner}.{function} = faulty
"""
KILL = "os.kill(os.getpid(), signal.SIGKILL)"
RUN = ("run", "model.py", "--quiet", "--record", "spikes.h5", "--checkpoint", "state.h5")
EVERY = ("--every", "50")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a run to which nothing happens."""
    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "model.py").write_text(SPIKING)
    run(folder, *RUN, "--weights", "weights.h5")
    return folder


def faulty(owner: str, function: str, rank: int, after: str, calls: int, happens: str) -> str:
    """A model to which something happens."""
    said = {"owner": owner, "function": function, "rank": rank, "after": after}
    return SPIKING + FAULT + FAULTY.format(**said, calls=calls, happens=happens)


def killed(folder: Path, rank: int, ranks: int, *arguments: str) -> None:
    """A job of which a rank is killed: it says so in a line, and ends."""
    with Job(folder, *arguments, "--ranks", str(ranks)) as job:
        status, text = job.end()
    assert seconds_since_fault(folder) < SECONDS_TO_END
    assert status not in (0, STATUS_OF_STOP)
    assert f"distsnn: rank {rank} of {ranks}: killed" in text, text
    assert text.count("distsnn: ") == 1, text
    assert "Traceback" not in text, text


@pytest.mark.parametrize(
    ("owner", "function", "rank", "calls"),
    [
        # After the times of spikes, before their neurons.
        ("spike_file", "write_rows", 1, 1),
        pytest.param("spike_file", "write_rows", 0, 0, marks=pytest.mark.long),
        pytest.param("hdf5.ParallelFile", "flush", 1, 0, marks=pytest.mark.long),
        pytest.param("hdf5.ParallelFile", "flush", 0, 1, marks=pytest.mark.long),
        # While the finished file is made of the growing one.
        ("partial_spikes", "copy_rows", 1, 1),
        ("checkpoint_writer.CheckpointWriter", "write_local", 1, 3),
        pytest.param("checkpoint_writer.CheckpointWriter", "_put", 0, 3, marks=pytest.mark.long),
    ],
)
def test_a_rank_killed_while_all_write(
    tmp_path: Path, undisturbed: Path, owner: str, function: str, rank: int, calls: int
) -> None:
    (tmp_path / "model.py").write_text(faulty(owner, function, rank, "state.h5", calls, KILL))
    killed(tmp_path, rank, 2, *RUN, *EVERY)
    reached = CheckpointFile(tmp_path / "state.h5")
    left = SpikeFile(partial_path(tmp_path / "spikes.h5"))
    assert left.header.end >= reached.t >= 50.0
    assert left.count("cells") > 100
    assert not (tmp_path / "spikes.h5").exists()
    (tmp_path / "model.py").write_text(SPIKING)
    run(tmp_path, "resume", "state.h5", "--quiet", "--model", "model.py")
    assert content(tmp_path / "spikes.h5") == content(undisturbed / "spikes.h5")
    assert {path.name for path in tmp_path.glob(".*.h5*")} <= {".state.h5.lock"}


@pytest.mark.parametrize("happens", [KILL, "raise OSError(5, 'Input/output error')"])
def test_weights_that_are_not_finished(tmp_path: Path, undisturbed: Path, happens: str) -> None:
    whole, growing = tmp_path / "weights.h5", partial_path(tmp_path / "weights.h5")
    shutil.copy(undisturbed / "weights.h5", whole)
    before = whole.read_bytes()
    model = faulty("edge_file", "write_rows", 1, "weights.h5", 2, happens)
    (tmp_path / "model.py").write_text(model)
    again = ("run", "model.py", "--quiet", "--time", "400", "--weights", "weights.h5")
    if happens == KILL:
        killed(tmp_path, 1, 2, *again, "--overwrite")
        assert growing.exists()
    else:
        fails(tmp_path, 1, "weights.h5: the file cannot be written (Input/output error)", *again)
        # What cannot be finished is not left behind.
        assert not growing.exists()
    assert whole.read_bytes() == before
    # What was left is in nobody's way.
    whole.unlink()
    (tmp_path / "model.py").write_text(SPIKING)
    run(tmp_path, *again, "--ranks", "2")
    assert content(whole) == content(undisturbed / "weights.h5")
    assert not growing.exists()


def fails(folder: Path, rank: int, said: str, *arguments: str) -> None:
    """A job of two ranks that ends soon after an error, of which there is one line."""
    overwrites = () if arguments[0] == "resume" else ("--overwrite",)
    with Job(folder, *arguments, *overwrites, "--ranks", "2") as job:
        status, text = job.end()
    assert seconds_since_fault(folder) < SECONDS_TO_END
    assert status == 1
    assert text.startswith(f"distsnn: rank {rank} of 2: {said}"), text
    assert (text.count("distsnn: "), text.count("Traceback")) == (1, 0), text


def test_a_full_disk_keeps_what_was_there(tmp_path: Path, undisturbed: Path) -> None:
    with small_disk_in(tmp_path) as disk:
        shutil.copy(undisturbed / "state.h5", disk)
        # Weights would have no room at all.
        shutil.copy(undisturbed / "spikes.h5", disk / "weights.h5")
        before = {path.name: path.read_bytes() for path in disk.iterdir()}
        (tmp_path / "model.py").write_text(SPIKING + FAULT_OF_FILES)
        fill(disk, 20_000)
        refused = "the file cannot be written (No space left on device)"
        for option, name in (("--weights", "weights.h5"), ("--checkpoint", "state.h5")):
            path = disk / name
            arguments = ("run", "model.py", "--quiet", option, str(path))
            fails(tmp_path, 0, f"{path}: {refused}", *arguments)
            assert {p.name: p.read_bytes() for p in disk.iterdir() if p.name != "fill"} == before


def test_files_that_another_job_holds(tmp_path: Path, undisturbed: Path) -> None:
    (tmp_path / "model.py").write_text(SPIKING + FAULT_OF_FILES)
    for option, name in (("--record", "spikes.h5"), ("--weights", "weights.h5")):
        growing = partial_path(tmp_path / name)
        shutil.copy(undisturbed / name, growing)
        before = growing.read_bytes()
        with growing.open("rb+") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            said = f"{name}: another job is writing this file now"
            fails(tmp_path, 0, said, "run", "model.py", "--quiet", option, name)
        assert growing.read_bytes() == before
        assert not (tmp_path / name).exists()


@pytest.mark.parametrize("to", [None, pytest.param(1, marks=pytest.mark.long)])
def test_a_signal_ends_all_and_saves(tmp_path: Path, undisturbed: Path, to: int | None) -> None:
    # Between the times of spikes and their neurons.
    waits = "calls = -(10**9); __import__('time').sleep(2.0)"
    model = faulty("spike_file", "write_rows", 1, "state.h5", 1, waits)
    (tmp_path / "model.py").write_text(model)
    with Job(tmp_path, *RUN, *EVERY, "--ranks", "2") as job:
        assert job.wait_for((tmp_path / "fault").exists), job.end()
        if to is None:
            job.send(signal.SIGTERM)
        else:
            job.ranks()[to].terminate()
        status, text = job.end()
    assert seconds_since_fault(tmp_path) < SECONDS_TO_END
    assert (status, text.count("distsnn: ")) == (STATUS_OF_STOP, 1), text
    reached = CheckpointFile(tmp_path / "state.h5")
    left = SpikeFile(partial_path(tmp_path / "spikes.h5"))
    assert left.header.end == reached.t
    assert 50.0 <= reached.t < 400.0
    (tmp_path / "model.py").write_text(SPIKING)
    run(tmp_path, "resume", "state.h5", "--quiet", "--ranks", "2", "--model", "model.py")
    assert content(tmp_path / "spikes.h5") == content(undisturbed / "spikes.h5")


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_kills_at_any_time(tmp_path: Path, undisturbed: Path) -> None:
    rng = random.Random(3)
    (tmp_path / "model.py").write_text(SPIKING)
    begun = killed_ones = 0
    while killed_ones < 20:
        checkpoint = (tmp_path / "state.h5").exists()
        begun += not checkpoint
        begin = ("resume", "state.h5") if checkpoint else (*RUN, "--overwrite")
        arguments = (*begin, "--quiet", "--every", "5", "--ranks", "2")
        with Job(tmp_path, *arguments) as job:
            job.wait_for(lambda of=job: len(of.ranks()) == 2)
            time.sleep(rng.uniform(0.5, 4.0))
            found = job.ranks()
            if len(found) == 2:
                found[rng.randrange(2)].kill()
                killed_ones += 1
            at = time.monotonic()
            status, text = job.end()
            assert time.monotonic() - at < SECONDS_TO_END or not found, text
        if status == 0:
            assert content(tmp_path / "spikes.h5") == content(undisturbed / "spikes.h5")
            for path in (*tmp_path.glob("*.h5"), *tmp_path.glob(".*.h5*")):
                path.unlink()
    assert begun > 0
