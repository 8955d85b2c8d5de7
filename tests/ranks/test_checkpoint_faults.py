"""Whatever happens to a rank or its disk: the job ends soon and says so, and goes on later."""

from __future__ import annotations

import contextlib
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from distsnn.record.checkpoint_file import CheckpointFile
from distsnn.record.comparison import compare_recordings
from distsnn.record.files.file_layout import partial_path
from distsnn.record.spikes.spike_reader import SpikeFile
from tests.disks import fill, small_disk_in
from tests.jobs import (
    FAULT,
    FAULT_OF_FILES,
    MODEL,
    SECONDS_TO_END,
    SLOW,
    Job,
    run,
    seconds_since_fault,
)

RUN = ("run", "model.py", "--quiet", "--record", "spikes.h5", "--checkpoint", "state.h5")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The recording of a run to which nothing happens."""
    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "model.py").write_text(MODEL)
    run(folder, *RUN)
    return (folder / "spikes.h5").read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.py").write_text(MODEL)
    return tmp_path


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    with small_disk_in(folder) as place:
        yield place


@pytest.mark.parametrize(("ranks", "hit"), [(2, 0), (3, 2)])
def test_a_rank_that_is_killed_is_named(
    folder: Path, undisturbed: bytes, ranks: int, hit: int
) -> None:
    with Job(folder, *RUN, "--every", "5", "--ranks", str(ranks), environment=SLOW) as job:
        assert job.wait_for((folder / "state.h5").exists), job.end()
        killed = job.ranks()[hit]
        shared = [Path(one.path) for one in killed.memory_maps() if "mpich_shm" in one.path]
        begin = time.monotonic()
        killed.kill()
        status, text = job.end()
    assert status != 0
    assert time.monotonic() - begin < SECONDS_TO_END
    assert f"distsnn: rank {hit} of {ranks}: killed" in text
    assert not any(path.exists() for path in shared)
    reached = CheckpointFile(folder / "state.h5")
    left = SpikeFile(partial_path(folder / "spikes.h5"))
    assert left.header.end >= reached.t
    run(folder, "resume", "state.h5", "--quiet")
    assert (folder / "spikes.h5").read_bytes() == undisturbed


def test_a_rank_without_memory_on_the_way(folder: Path, undisturbed: bytes) -> None:
    plain = "    gather(self, send, receive)\n"
    asks = "    if self.rank == 1 and self.n_entered > 200:\n        np.zeros(fault() << 57)\n"
    faulty = MODEL.replace(plain, plain + asks).replace("import time", "import time, numpy as np")
    (folder / "model.py").write_text(faulty + FAULT)
    messages = {"DISTSNN_SHARED_MEMORY": "0"}
    with Job(folder, *RUN, "--every", "5", "--ranks", "2", environment=messages) as job:
        status, text = job.end()
    assert status != 0
    assert seconds_since_fault(folder) < SECONDS_TO_END
    assert text.count("distsnn: ") == 1
    assert text.startswith("distsnn: rank 1 of 2: ")
    assert "MemoryError: Unable to allocate 1.00 EiB" in text.splitlines()[0]
    (folder / "model.py").write_text(MODEL)
    run(folder, "resume", "state.h5", "--quiet", "--model", "model.py")
    # It names both models, so that its bytes are others.
    (folder / "undisturbed.h5").write_bytes(undisturbed)
    assert compare_recordings(folder / "spikes.h5", folder / "undisturbed.h5").same


@pytest.mark.parametrize("ranks", [1, 2])
def test_no_room_for_a_checkpoint(folder: Path, small_disk: Path, ranks: int) -> None:
    state = small_disk / "state.h5"
    run(folder, "run", "model.py", "--quiet", "--time", "20", "--checkpoint", str(state))
    before = state.read_bytes()
    fill(small_disk, 20_000)
    (folder / "model.py").write_text(MODEL + FAULT_OF_FILES)
    more = ("--quiet", "--model", "model.py", "--time", "100", "--ranks", str(ranks))
    with Job(folder, "resume", str(state), *more) as job:
        status, text = job.end()
    assert seconds_since_fault(folder) < SECONDS_TO_END
    where = "rank 0 of 2: " if ranks == 2 else ""
    assert status == 1
    assert text.startswith(f"distsnn: {where}{state}: the file cannot be written (No space left")
    assert text.count("distsnn: ") == 1
    # The one before is as it was, and nothing lies beside it.
    assert state.read_bytes() == before
    assert sorted(path.name for path in small_disk.iterdir()) == ["fill", "state.h5"]


def test_a_folder_that_cannot_be_written(folder: Path, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    (folder / "model.py").write_text(MODEL + FAULT_OF_FILES)
    for option, name, ranks in (("--record", "spikes.h5", 1), ("--checkpoint", "state.h5", 2)):
        path = small_disk / name
        arguments = ("run", "model.py", "--quiet", option, str(path), "--ranks", str(ranks))
        with Job(folder, *arguments) as job:
            status, text = job.end()
        assert seconds_since_fault(folder) < SECONDS_TO_END
        assert status == 1
        assert f"{path}: the file cannot be written (Read-only file system); " in text
        assert text.count("distsnn: ") == 1


def chaos(folder: Path, undisturbed: bytes, kills: int, seed: int) -> None:
    """Kill some rank at some time, again and again; at the end all is as if nothing had been."""
    rng = random.Random(seed)
    killed = 0
    while killed < kills:
        for left in folder.glob("*.h5"):
            left.unlink()
        status = -1
        while status != 0:
            status, was_killed = attempt(folder, rng, killed < kills)
            killed += was_killed
        assert (folder / "spikes.h5").read_bytes() == undisturbed
        names = sorted(path.name for path in folder.iterdir() if ".h5" in path.name)
        # The lock of a job that was killed may stay until the next one has ended.
        assert set(names) <= {"spikes.h5", "state.h5"}


def attempt(folder: Path, rng: random.Random, kills: bool) -> tuple[int, bool]:
    """Run, or go on with, the model; its status, and whether a rank was killed."""
    ranks = rng.choice([1, 2, 3, 4])
    begin = ("resume", "state.h5") if (folder / "state.h5").exists() else (*RUN, "--overwrite")
    arguments = (*begin, "--quiet", "--every", "5", "--ranks", str(ranks))
    with Job(folder, *arguments, environment={"SECONDS_OF_EXCHANGE": "0.002"}) as job:
        if not kills:
            return job.end()[0], False
        # Most of them when the run has begun.
        if rng.random() < 0.8:
            job.wait_for(job.steps)
        job.wait_for(lambda: len(job.ranks()) == ranks)
        time.sleep(rng.uniform(0.0, 1.2))
        found = job.ranks()
        was_killed = len(found) == ranks
        if was_killed:
            hit = rng.choice(found)
            with contextlib.suppress(psutil.NoSuchProcess):
                hit.kill()
        at = time.monotonic()
        status, _ = job.end()
        assert not was_killed or time.monotonic() - at < SECONDS_TO_END
        return status, was_killed


def test_some_chaos(folder: Path, undisturbed: bytes) -> None:
    chaos(folder, undisturbed, 2, seed=1)


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_much_chaos(folder: Path, undisturbed: bytes) -> None:
    chaos(folder, undisturbed, 50, seed=2)
