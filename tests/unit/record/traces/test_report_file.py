from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from distsnn.errors import FileError, RankError, UnknownNameError
from distsnn.exchange import SerialWorld, World, run_loopback
from distsnn.record.files.file_layout import partial_path
from distsnn.record.files.header import GROUP, RecordingHeader
from distsnn.record.files.seal import seal
from distsnn.record.files.storage import Storage
from distsnn.record.traces import report_file
from distsnn.record.traces.report_file import ReportFileWriter
from distsnn.record.traces.report_layout import Report
from distsnn.record.traces.report_reader import ReportFile

HEADER = RecordingHeader(seed=12, dt=0.1, digest="abc")
EVERY = 5


def report(n: int = 7, variables: tuple[str, ...] = ("V_m", "I")) -> Report:
    units = tuple((name, "mV") for name in variables)
    return Report("cells", units, np.arange(n) + 3, np.zeros(n, dtype=np.int64), EVERY)


def values(rows: int, n: int = 7, variables: int = 2) -> np.ndarray:
    return np.random.default_rng(3).normal(size=(rows, variables, n))


def columns_of(world: World, n: int) -> np.ndarray:
    """Elements dealt out to the ranks; some have none."""
    return np.arange(world.rank, n, world.size) if world.rank != 1 else np.empty(0, np.int64)


def all_columns(world: World, n: int) -> np.ndarray:
    if world.size == 1:
        return np.arange(n)
    own = columns_of(world, n)
    return np.sort(np.append(own, np.arange(1, n, world.size))) if world.rank == 0 else own


def write(world: World, path: Path, rows: int, pieces: int, **options: object) -> ReportFileWriter:
    made, whole = report(), values(rows)
    storage = Storage(world, *options.pop("stored", ()))
    columns = all_columns(world, made.n_elements)
    writer = ReportFileWriter(path, HEADER, made, columns, storage, **options)
    for part in np.array_split(whole[:, :, columns], pieces):
        writer.append(part)
    writer.finish(rows * EVERY)
    return writer


def content(path: Path) -> dict[str, object]:
    """Every dataset and attribute of a file."""
    found: dict[str, object] = {}

    def visit(name: str, item: h5py.HLObject) -> None:
        for key, value in item.attrs.items():
            found[f"{name} {key}"] = np.asarray(value).tolist()
        if isinstance(item, h5py.Dataset):
            found[name] = (str(item.dtype), item.shape, item[()].tobytes())

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    return found


def test_what_was_written_is_read(tmp_path: Path) -> None:
    write(SerialWorld(), tmp_path / "v.h5", 40, 3)
    assert os.listdir(tmp_path) == ["v.h5"]
    file = ReportFile(tmp_path / "v.h5")
    assert (file.population, file.edges, file.units) == ("cells", "", {"V_m": "mV", "I": "mV"})
    np.testing.assert_array_equal(file.node_ids, np.arange(7) + 3)
    np.testing.assert_array_equal(file.t, np.arange(40) * EVERY * 0.1)
    np.testing.assert_array_equal(file.values("I"), values(40)[:, 1].astype(np.float32))
    assert file.values("V_m", 2.0, 5.0).shape == (6, 7)
    assert (file.header.end_step, file.header.finished) == (200, True)
    with pytest.raises(UnknownNameError, match="valid names are V_m, I"):
        file.values("v")


@pytest.mark.parametrize("stored", [(), ("gzip", 3), ("lzf",)])
def test_content_depends_on_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored: tuple[object, ...]
) -> None:
    write(SerialWorld(), tmp_path / "1.h5", 50, 1, stored=stored)
    monkeypatch.setattr(report_file, "BLOCK_VALUES", 100)
    expected = content(tmp_path / "1.h5")
    for size in (1, 2, 3, 4, 7):
        path = tmp_path / f"{size} ranks.h5"
        run_loopback(size, lambda world, to=path: write(world, to, 50, 11, stored=stored).rows)
        assert content(path) == expected


def test_memory_does_not_grow_with_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_file, "BLOCK_VALUES", 7 * 2 * 20)

    def most(rows: int) -> int:
        path = tmp_path / f"{rows}.h5"
        stored = (None, 10)
        return max(
            run_loopback(
                3, lambda world: write(world, path, rows, rows, stored=stored).most_buffered
            )
        )

    assert most(1000) == most(100) <= 4 * 7 * 2 * 20


def test_another_writer_goes_on(tmp_path: Path) -> None:
    write(SerialWorld(), tmp_path / "whole.h5", 60, 1)
    path, made, whole = tmp_path / "v.h5", report(), values(60)

    def begin(world: World) -> int:
        columns = all_columns(world, 7)
        writer = ReportFileWriter(path, HEADER, made, columns, Storage(world))
        writer.append(whole[:20][:, :, columns])
        rows = writer.secure()
        # What follows is forgotten.
        writer.append(whole[:13][:, :, columns])
        writer.flush()
        writer.close()
        return rows

    def go_on(world: World, rows: int, stop: int) -> None:
        columns = all_columns(world, 7)
        writer = ReportFileWriter(path, HEADER, made, columns, Storage(world), rows=rows)
        writer.append(whole[rows:stop][:, :, columns])
        writer.finish(stop * EVERY)

    assert run_loopback(3, begin) == [20, 20, 20]
    assert ReportFile(partial_path(path)).t.size == 33
    run_loopback(2, lambda world: go_on(world, 20, 45))
    run_loopback(4, lambda world: go_on(world, 40, 60))
    assert content(path) == content(tmp_path / "whole.h5")
    assert sorted(os.listdir(tmp_path)) == ["v.h5", "whole.h5"]


def test_a_run_goes_on_in_its_file(tmp_path: Path) -> None:
    path, whole = tmp_path / "v.h5", values(30)
    writer = ReportFileWriter(path, HEADER, report(), np.arange(7), Storage())
    for k in range(3):
        writer.append(whole[10 * k : 10 * k + 10])
        writer.finish(50 * (k + 1))
        assert ReportFile(path).t.size == 10 * (k + 1)
    write(SerialWorld(), tmp_path / "whole.h5", 30, 1)
    assert content(path) == content(tmp_path / "whole.h5")


def test_errors(tmp_path: Path) -> None:
    path = tmp_path / "v.h5"
    write(SerialWorld(), path, 10, 1)
    with pytest.raises(RankError, match="the file exists"):
        run_loopback(2, lambda world: write(world, path, 10, 1))
    write(SerialWorld(), path, 12, 1, overwrite=True)
    assert ReportFile(path).t.size == 12
    with pytest.raises(FileError, match="there were 13"):
        ReportFileWriter(path, HEADER, report(), np.arange(7), Storage(), rows=13)
    with pytest.raises(FileError, match="recording of something else"):
        ReportFileWriter(path, HEADER, report(6), np.arange(6), Storage(), rows=12)
    with pytest.raises(FileError, match=r"cannot be written \(No such file"):
        write(SerialWorld(), tmp_path / "missing" / "v.h5", 1, 1)
    other = tmp_path / "other.h5"
    with h5py.File(path, "r") as old, h5py.File(other, "w") as new:
        new.create_group(GROUP).attrs.update(old[GROUP].attrs)
        seal(new, GROUP)
    with pytest.raises(FileError, match="no whole report"):
        ReportFile(other)


def test_a_full_disk_is_the_error_of_all_ranks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(h5py.Dataset, "resize", full)
    with pytest.raises(RankError, match="No space left on device"):
        run_loopback(3, lambda world: write(world, tmp_path / "v.h5", 10, 1).rows)


def test_a_killed_run_is_readable_up_to_its_last_flush(tmp_path: Path) -> None:
    script = (
        "import os, sys; import numpy as np\n"
        "from tests.unit.record.traces.test_report_file import *\n"
        "writer = ReportFileWriter(sys.argv[1], HEADER, report(), np.arange(7), Storage())\n"
        "writer.append(values(30)[:20]); writer.flush()\n"
        "writer.append(values(30)[20:])\n"
        "os.kill(os.getpid(), 9)\n"
    )
    path = tmp_path / "v.h5"
    killed = subprocess.run(
        [sys.executable, "-c", script, str(path)], check=False, cwd=Path(__file__).parents[4]
    )
    assert killed.returncode == -signal.SIGKILL
    with pytest.raises(FileError, match=r"A run that did not finish left .*v\.h5\.partial"):
        ReportFile(path)
    file = ReportFile(partial_path(path))
    assert (file.t.size, file.header.finished) == (20, False)
    np.testing.assert_array_equal(file.values("I"), values(30)[:20, 1].astype(np.float32))
    with pytest.raises(FileError, match="holds the traces of a run that did not finish"):
        write(SerialWorld(), path, 10, 1)


def test_two_jobs_do_not_write_one_file(tmp_path: Path) -> None:
    path = tmp_path / "v.h5"
    first = ReportFileWriter(path, HEADER, report(), np.arange(7), Storage())
    command = (
        "import sys; import numpy as np; from tests.unit.record.traces.test_report_file import *\n"
        "ReportFileWriter(sys.argv[1], HEADER, report(), np.arange(7), Storage(), True)"
    )
    second = subprocess.run(
        [sys.executable, "-c", command, str(path)],
        check=False, capture_output=True, text=True, cwd=Path(__file__).parents[4],
    )  # fmt: skip
    assert "another job is writing this file now" in second.stderr
    first.append(values(10))
    first.finish(50)
    assert ReportFile(path).t.size == 10


def test_libsonata_reads_the_file(tmp_path: Path) -> None:
    libsonata = pytest.importorskip("libsonata")
    write(SerialWorld(), tmp_path / "v.h5", 40, 3)
    reader = libsonata.ElementReportReader(str(tmp_path / "v.h5"))
    assert sorted(reader.get_population_names()) == ["cells.I", "cells.V_m"]
    population = reader["cells.I"]
    assert (population.sorted, population.data_units, population.time_units) == (True, "mV", "ms")
    np.testing.assert_allclose(population.times, [0.0, 20.0, 0.5])
    frame = population.get(node_ids=[4, 5])
    np.testing.assert_array_equal(np.asarray(frame.ids)[:, 0], [4, 5])
    np.testing.assert_array_equal(frame.data, values(40)[:, 1, 1:3].astype(np.float32))


def test_a_file_that_could_not_be_begun_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(report_file, "write_reports", full)
        with pytest.raises(FileError, match="No space left") as caught:
            ReportFileWriter(tmp_path / "v.h5", HEADER, report(), np.arange(7), Storage())
    assert os.listdir(tmp_path) == []
    # What still knows the error does not keep the file from being written now.
    write(SerialWorld(), tmp_path / "v.h5", 10, 2)
    assert caught.value.path == str(tmp_path / "v.h5")
