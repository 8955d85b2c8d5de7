"""The provenance of a file comes back as it was written, and says what it cannot hold."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from distsnn.record.files.provenance import (
    Provenance,
    RunRecord,
    read_provenance,
    write_provenance,
)


def read_back(path: Path, *written: Provenance) -> Provenance:
    with h5py.File(path, "w") as file:
        for provenance in written:
            write_provenance(file, provenance)
    with h5py.File(path) as file:
        return read_provenance(file)


def test_values_come_back(tmp_path: Path) -> None:
    values = {
        "n": 3, "g": 4.5, "on": True, "huge": 10**30, "name": "E/I",
        "some": np.arange(3.0), "single": np.float32(0.1),
    }  # fmt: skip
    runs = (RunRecord("2026-11-30T09:45:12Z", ranks=2), RunRecord(command="a\0b \ud800", threads=3))
    found = read_back(tmp_path / "f.h5", Provenance(values, runs))
    some = found.parameters.pop("some")
    np.testing.assert_array_equal(some, values.pop("some"))
    assert found.parameters == values | {"huge": str(10**30)}
    assert found.runs == (runs[0], RunRecord(command="a\\0b \\ud800", threads=3))


def test_other_values_are_said_in_words(tmp_path: Path) -> None:
    values = {
        "none": None, "pair": (1, "a"), "text": "x" * 100_000,
        "many": np.zeros(5000), "names": np.array(["a", "b"]),
    }  # fmt: skip
    found = read_back(tmp_path / "f.h5", Provenance(values)).parameters
    assert (found["none"], found["pair"]) == ("None", "(1, 'a')")
    assert found["text"] == "x" * 8000 + "..."
    assert found["many"].startswith("float64 array of shape (5000,), SHA-256 ")
    assert "'a', 'b'" in found["names"]


def test_runs_follow_those_before_each_once(tmp_path: Path) -> None:
    first, second, third = (RunRecord(date=f"2026-0{n}-01T00:00:00Z") for n in (1, 2, 3))
    began = Provenance({"n": 1}, (first, second))
    went_on = Provenance({"n": 1}, (second, third)).after(began)
    assert went_on.runs == (first, second, third)
    # What a file has already stays in it.
    assert read_back(tmp_path / "f.h5", began, went_on) == went_on
    with h5py.File(tmp_path / "old.h5", "w") as file:
        assert read_provenance(file) == Provenance()
