"""Whatever happens to a rank or its disk: the job ends soon and says so, and goes on later."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from distsnn.record.checkpoint_file import CheckpointFile
from distsnn.record.layout import partial_path
from distsnn.record.spike_reader import SpikeFile
from tests.jobs import MODEL, SLOW, Job, run

RUN = ("run", "model.py", "--quiet", "--record", "spikes.h5", "--checkpoint", "state.h5")
SECONDS_TO_END = 10.0


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
    """A folder on a disk with room for little more than one growing recording."""
    place = folder / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2500k", "tmpfs", str(place)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"no small disk can be made: {error}")
    if done.returncode != 0:
        pytest.skip(f"no small disk can be made: {done.stderr}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path, left: int) -> None:
    """Leave this number of bytes."""
    with open(disk / "fill", "wb") as file:
        size = 1 << 16
        while size:
            try:
                file.write(bytes(size))
                file.flush()
            except OSError:
                size //= 2
        file.truncate(file.tell() - left)


@pytest.mark.parametrize(("ranks", "hit"), [(2, 0), (3, 2)])
def test_a_rank_that_is_killed_is_named(
    folder: Path, undisturbed: bytes, ranks: int, hit: int
) -> None:
    with Job(folder, *RUN, "--every", "5", "--ranks", str(ranks), environment=SLOW) as job:
        assert job.wait_for((folder / "state.h5").exists), job.end()
        begin = time.monotonic()
        job.ranks()[hit].kill()
        status, text = job.end()
    assert status != 0
    assert time.monotonic() - begin < SECONDS_TO_END
    assert f"distsnn: rank {hit} of {ranks}: killed" in text
    reached = CheckpointFile(folder / "state.h5")
    left = SpikeFile(partial_path(folder / "spikes.h5"))
    assert left.header.end >= reached.t
    run(folder, "resume", "state.h5", "--quiet")
    assert (folder / "spikes.h5").read_bytes() == undisturbed


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("1/0", "distsnn: rank 1 of 2: ZeroDivisionError: division by zero\n"),
        (
            "import numpy; numpy.zeros(1 << 60)",
            "distsnn: rank 1 of 2: _ArrayMemoryError: Unable to allocate 8.00 EiB",
        ),
    ],
)
def test_a_rank_that_fails_on_the_way(
    folder: Path, undisturbed: bytes, fault: str, message: str
) -> None:
    faulty = MODEL.replace(
        "    gather(self, send, receive)\n",
        f"    gather(self, send, receive)\n    if self.rank == 1 and self.n_entered > 200: {fault}\n",
    )
    (folder / "model.py").write_text(faulty)
    with Job(folder, *RUN, "--every", "5", "--ranks", "2") as job:
        status, text = job.end(60.0)
    assert status != 0
    assert text.count("distsnn: ") == 1
    assert message in text
    (folder / "model.py").write_text(MODEL)
    run(folder, "resume", "state.h5", "--quiet")
    assert (folder / "spikes.h5").read_bytes() == undisturbed


@pytest.mark.parametrize("ranks", [1, 2])
def test_a_disk_that_is_full(
    folder: Path, small_disk: Path, undisturbed: bytes, ranks: int
) -> None:
    job = ("run", "model.py", "--quiet", "--ranks", str(ranks))
    record = small_disk / "spikes.h5"
    # There is room for what grows, but not for the finished file beside it.
    fill(small_disk, 1_300_000)
    where = f"rank 0 of {ranks}: " if ranks > 1 else ""
    what = f"{record}: the file cannot be written (No space left on device); its folder must exist"
    arguments = ("--record", str(record), "--checkpoint", "state.h5", "--every", "20")
    longer = ("--time", "2000") if ranks == 1 else ()
    with Job(folder, *job, *arguments, *longer) as started:
        status, text = started.end()
    if status == 0:
        pytest.skip("the small disk is not small enough")
    assert text.startswith(f"distsnn: {where}{what}")
    assert text.count("distsnn: ") == 1
    left = SpikeFile(partial_path(record))
    assert left.header.end > 0.0
    assert left.header.end >= CheckpointFile(folder / "state.h5").t
    (small_disk / "fill").unlink()
    end = () if ranks == 2 else ("--time", "200")
    del end
    if ranks == 2:
        run(folder, "resume", "state.h5", "--quiet")
        assert record.read_bytes() == undisturbed


@pytest.mark.parametrize("ranks", [1, 2])
def test_no_room_for_a_checkpoint(folder: Path, small_disk: Path, ranks: int) -> None:
    state = small_disk / "state.h5"
    run(folder, "run", "model.py", "--quiet", "--time", "20", "--checkpoint", str(state))
    before = state.read_bytes()
    fill(small_disk, 20_000)
    more = ("--quiet", "--time", "100", "--ranks", str(ranks))
    with Job(folder, "resume", str(state), *more) as job:
        status, text = job.end()
    where = "rank 0 of 2: " if ranks == 2 else ""
    assert status == 1
    assert text.startswith(f"distsnn: {where}{state}: the file cannot be written (No space left")
    assert text.count("distsnn: ") == 1
    # The one before is as it was, and nothing lies beside it.
    assert state.read_bytes() == before
    assert sorted(path.name for path in small_disk.iterdir()) == ["fill", "state.h5"]


def test_a_folder_that_cannot_be_written(folder: Path, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for option, name in (("--record", "spikes.h5"), ("--checkpoint", "state.h5")):
        path = small_disk / name
        with Job(folder, "run", "model.py", "--quiet", option, str(path), "--ranks", "2") as job:
            status, text = job.end()
        assert status == 1
        assert f"{path}: the file cannot be written (Read-only file system); " in text
        assert text.count("distsnn: ") == 1


def chaos(folder: Path, undisturbed: bytes, kills: int, seed: int) -> None:
    """Kill some rank at some time, again and again; at the end all is as if nothing had been."""
    rng = random.Random(seed)
    state, killed = folder / "state.h5", 0
    # How long a step takes is not known; it is short where it matters.
    environment = {"SECONDS_OF_EXCHANGE": "0.002"}
    for number in range(20 * kills):
        ranks = rng.choice([1, 2, 3, 4])
        resume = ("resume", "state.h5", "--quiet", "--every", "5", "--ranks", str(ranks))
        first = (*RUN, "--overwrite", "--every", "5", "--ranks", str(ranks))
        with Job(folder, *(resume if state.exists() else first), environment=environment) as job:
            if killed < kills:
                # Not all of them before the run has begun.
                awaited = rng.random() < 0.8
                if awaited:
                    job.wait_for(lambda j=job: j.answers(signal.SIGTERM))
                time.sleep(rng.uniform(0.0, 0.4))
                found = job.ranks()
                if found and found[0].is_running():
                    rng.choice(found).kill()
                    killed += 1
            status, text = job.end()
        if status == 0:
            assert killed >= min(kills, number), text
            break
        if killed < kills or "killed" in text or ranks == 1:
            continue
    else:
        pytest.fail("it does not come to its end")
    assert (folder / "spikes.h5").read_bytes() == undisturbed


def test_some_chaos(folder: Path, undisturbed: bytes) -> None:
    chaos(folder, undisturbed, 4, seed=1)


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_much_chaos(folder: Path, undisturbed: bytes) -> None:
    chaos(folder, undisturbed, 50, seed=2)
