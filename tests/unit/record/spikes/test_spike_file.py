from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from distsnn.errors import FileError, UnknownNameError
from distsnn.record.files.file_layout import partial_path
from distsnn.record.files.header import GROUP, RecordingHeader
from distsnn.record.files.seal import seal
from distsnn.record.files.storage import Storage
from distsnn.record.spikes import spike_file
from distsnn.record.spikes.spike_file import SpikeFileWriter
from distsnn.record.spikes.spike_reader import SpikeFile

HEADER = RecordingHeader(seed=12, dt=0.1, digest="abc")
GROUPS = [("E", 80), ("I", 20), ("silent", 3)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spikes.h5"


def some_spikes(seed: int = 1, n_steps: int = 500) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Spikes in the order of steps, but in no order of neurons."""
    rng = np.random.default_rng(seed)
    spikes = {}
    for name, size, n in [("E", 80, 2000), ("I", 20, 700)]:
        keys = rng.permutation(n_steps * size)[:n]
        steps, ids = keys // size, keys % size
        order = np.argsort(steps, kind="stable")
        spikes[name] = steps[order], ids[order]
    return spikes


def write(path: Path, every: int, flush: bool = False, **options: object) -> None:
    writer = SpikeFileWriter(path, HEADER, GROUPS, **options)
    spikes = some_spikes()
    for first in range(0, 500, every):
        for name, (steps, ids) in spikes.items():
            a, b = np.searchsorted(steps, [first, first + every])
            writer.append(name, steps[a:b], ids[a:b])
        if flush:
            writer.flush()
    writer.finish(500)


def test_what_was_written_is_read(path: Path) -> None:
    write(path, every=7)
    file = SpikeFile(path)
    assert dict(file.groups) == dict(GROUPS)
    assert list(file.groups) == ["E", "I", "silent"]
    assert (file.header.seed, file.header.dt, file.header.digest) == (12, 0.1, "abc")
    assert (file.header.start, file.header.end, file.header.finished) == (0.0, 50.0, True)
    assert file.header.versions["h5py"] == h5py.__version__
    for name, (steps, ids) in some_spikes().items():
        order = np.lexsort((ids, steps))
        times, node_ids = file.spikes(name)
        np.testing.assert_array_equal(times, steps[order] * 0.1)
        np.testing.assert_array_equal(node_ids, ids[order])
        assert file.count(name) == len(steps)
    assert file.spikes("silent")[0].size == 0


def test_only_the_finished_file_remains(path: Path) -> None:
    write(path, every=50)
    assert os.listdir(path.parent) == ["spikes.h5"]


def test_a_window_of_time(path: Path) -> None:
    write(path, every=50)
    times, ids = SpikeFile(path).spikes("E", 10.0, 20.0)
    everything, all_ids = SpikeFile(path).spikes("E")
    inside = (everything >= 10.0) & (everything < 20.0)
    np.testing.assert_array_equal(times, everything[inside])
    np.testing.assert_array_equal(ids, all_ids[inside])


@pytest.mark.parametrize("compression", [None, "gzip"])
def test_bytes_depend_on_the_spikes_alone(tmp_path: Path, compression: str | None) -> None:
    storage = Storage(compression=compression)
    write(tmp_path / "a.h5", every=500, storage=storage)
    time.sleep(1.1)
    write(tmp_path / "b.h5", every=1, flush=True, storage=storage)
    write(tmp_path / "c.h5", every=13, storage=storage)
    first = (tmp_path / "a.h5").read_bytes()
    assert (tmp_path / "b.h5").read_bytes() == first
    assert (tmp_path / "c.h5").read_bytes() == first


def test_a_step_may_come_in_parts(path: Path) -> None:
    writer = SpikeFileWriter(path, HEADER, GROUPS)
    writer.append("E", [3, 3], [9, 7])
    writer.flush()
    writer.append("E", [3, 4], [1, 0])
    writer.finish(10)
    np.testing.assert_array_equal(SpikeFile(path).spikes("E")[1], [1, 7, 9, 0])


def test_many_spikes_are_flushed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spike_file, "_FLUSH_ROWS", 100)
    writer = SpikeFileWriter(path, HEADER, GROUPS)
    for step in range(50):
        writer.append("E", np.full(10, step), np.arange(10))
    writer.close()
    file = SpikeFile(partial_path(path))
    assert file.count("E") == 500
    assert not file.header.finished
    assert file.header.end_step == 50


def test_a_run_goes_on_in_its_file(path: Path) -> None:
    writer = SpikeFileWriter(path, HEADER, GROUPS)
    writer.append("E", [1, 2], [5, 6])
    writer.finish(10)
    assert SpikeFile(path).header.end_step == 10
    writer.append("E", [12], [7])
    assert SpikeFile(path).count("E") == 2
    writer.finish(20)
    writer.finish(30)
    file = SpikeFile(path)
    np.testing.assert_array_equal(file.spikes("E")[1], [5, 6, 7])
    assert (file.header.start_step, file.header.end_step) == (0, 30)


def test_another_process_goes_on(path: Path) -> None:
    write(path, every=100)
    writer = SpikeFileWriter(path, HEADER, GROUPS, resume=True)
    writer.append("I", [600], [3])
    writer.finish(700)
    file = SpikeFile(path)
    assert file.count("I") == 701
    assert file.header.end == 70.0


def test_only_the_same_network_may_go_on(path: Path) -> None:
    write(path, every=100)
    with pytest.raises(FileError, match="another network"):
        SpikeFileWriter(path, RecordingHeader(12, 0.1, "other"), GROUPS, resume=True)


def test_no_file_is_replaced_unless_told(path: Path) -> None:
    write(path, every=100)
    before = path.read_bytes()
    with pytest.raises(FileError, match=r"the file exists; .*overwrite=True.*--overwrite"):
        SpikeFileWriter(path, HEADER, GROUPS)
    writer = SpikeFileWriter(path, HEADER, GROUPS, overwrite=True)
    assert path.read_bytes() == before
    writer.finish(0)
    assert SpikeFile(path).count("E") == 0


def test_an_unfinished_run_is_kept_unless_told(path: Path) -> None:
    writer = SpikeFileWriter(path, HEADER, GROUPS)
    writer.append("E", [1], [2])
    writer.close()
    with pytest.raises(FileError, match=r"\.spikes\.h5\.partial beside it holds the spikes"):
        SpikeFileWriter(path, HEADER, GROUPS)
    with pytest.raises(FileError, match=r"no such file. A run that did not finish left"):
        SpikeFile(path)
    SpikeFileWriter(path, HEADER, GROUPS, overwrite=True).finish(1)
    assert os.listdir(path.parent) == ["spikes.h5"]


def test_two_jobs_do_not_write_one_file(path: Path) -> None:
    first = SpikeFileWriter(path, HEADER, GROUPS)
    command = (
        "import sys; from distsnn.record.spikes.spike_file import *; "
        "SpikeFileWriter(sys.argv[1], RecordingHeader(1, 0.1, ''), [('E', 1)], overwrite=True)"
    )
    second = subprocess.run(
        [sys.executable, "-c", command, str(path)], check=False, capture_output=True, text=True
    )
    assert "another job is writing this file now" in second.stderr
    first.append("E", [1], [1])
    first.finish(2)
    assert SpikeFile(path).count("E") == 1


def test_a_killed_run_is_readable_up_to_its_last_flush(path: Path) -> None:
    script = (
        "import os, sys; from distsnn.record.spikes.spike_file import *\n"
        "writer = SpikeFileWriter(sys.argv[1], RecordingHeader(1, 0.1, ''), [('E', 9)])\n"
        "for step in range(200): writer.append('E', [step], [step % 9])\n"
        "writer.flush()\n"
        "for step in range(200, 300): writer.append('E', [step], [step % 9])\n"
        "os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    file = SpikeFile(partial_path(path))
    assert file.count("E") == 199
    assert (file.header.finished, file.header.end_step) == (False, 199)


@pytest.mark.parametrize("location", ["missing/spikes.h5", "file/spikes.h5"])
def test_an_unwritable_place(tmp_path: Path, location: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match=r"cannot be written \(N.*folder must exist") as raised:
        SpikeFileWriter(tmp_path / location, HEADER, GROUPS)
    assert raised.value.path == str(tmp_path / location)


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="this is a folder"):
        SpikeFileWriter(tmp_path, HEADER, GROUPS, overwrite=True)


def test_a_full_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = SpikeFileWriter(path, HEADER, GROUPS)

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(h5py.Dataset, "resize", full)
    writer.append("E", [1], [1])
    with pytest.raises(FileError, match="No space left on device"):
        writer.finish(2)


def test_unknown_group(path: Path) -> None:
    writer = SpikeFileWriter(path, HEADER, GROUPS)
    with pytest.raises(UnknownNameError, match="valid names are E, "):
        writer.append("e", [1], [1])
    writer.finish(1)
    with pytest.raises(UnknownNameError, match="unknown name 'X'"):
        SpikeFile(path).spikes("X")


def test_unequal_lengths(path: Path) -> None:
    with pytest.raises(ValueError, match="2 steps for 1 node ids"):
        SpikeFileWriter(path, HEADER, GROUPS).append("E", [1, 2], [1])


def test_foreign_files(tmp_path: Path) -> None:
    text = tmp_path / "text.h5"
    text.write_text("spikes")
    with pytest.raises(FileError, match="cannot be read as HDF5"):
        SpikeFile(text)
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["spikes/E/timestamps"] = [1.0]
    with pytest.raises(FileError, match="has no group /distsnn"):
        SpikeFile(other)
    with pytest.raises(FileError, match="no such file"):
        SpikeFile(tmp_path / "missing.h5")


def test_damaged_files(path: Path) -> None:
    write(path, every=100)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileError, match="cannot be read as HDF5"):
        SpikeFile(path)
    path.write_bytes(whole)
    with h5py.File(path, "r+") as file:
        del file["spikes/E/node_ids"]
        seal(file, GROUP)
    with pytest.raises(FileError, match="/spikes/E is not whole"):
        SpikeFile(path)
    path.write_bytes(whole)
    with h5py.File(path, "r+") as file:
        del file["distsnn"].attrs["seed"]
        seal(file, GROUP)
    with pytest.raises(FileError, match=r"damaged.*seed"):
        SpikeFile(path)
    path.write_bytes(whole)
    with h5py.File(path, "r+") as file:
        file["distsnn"].attrs["format"] = 99
    with pytest.raises(FileError, match="Update distsnn"):
        SpikeFile(path)


def test_libsonata_reads_the_file(path: Path) -> None:
    libsonata = pytest.importorskip("libsonata")
    write(path, every=30)
    reader = libsonata.SpikeReader(str(path))
    assert sorted(reader.get_population_names()) == ["E", "I", "silent"]
    population = reader["E"]
    assert population.sorting == "by_time"
    times, node_ids = SpikeFile(path).spikes("E")
    np.testing.assert_array_equal(population.get(), list(zip(node_ids, times, strict=True)))
    assert len(reader["silent"].get()) == 0
