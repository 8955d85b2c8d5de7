"""Tables of sweeps in CSV and Parquet, and what cannot be one."""

from __future__ import annotations

from pathlib import Path

import pytest

from distsnn.commands.run_table import check_table, write_table
from distsnn.errors import FileError

ROWS = [
    {"g": 4, "state": "done", "rate": float("nan"), "flag": True, "mixed": 1},
    {"g": 5, "state": "failed", "error": 'it, and "so"', "mixed": "a"},
]


def test_columns_are_those_of_all_rows(tmp_path: Path) -> None:
    write_table(tmp_path / "t.csv", ROWS)
    assert (tmp_path / "t.csv").read_text().splitlines() == [
        "g,state,rate,flag,mixed,error",
        "4,done,,True,1,",
        '5,failed,,,a,"it, and ""so"""',
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_parquet_has_numbers_and_texts(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    check_table(tmp_path / "t.parquet", overwrite=False)
    write_table(tmp_path / "t.parquet", ROWS)
    found = pandas.read_parquet(tmp_path / "t.parquet")
    assert list(found.columns) == ["g", "state", "rate", "flag", "mixed", "error"]
    assert found.g.tolist() == [4, 5]
    assert found.mixed.tolist() == ["1", "a"]
    assert found.rate.isna().all()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("t.txt", r"tables are not written as \.txt; the name ends in \.csv or \.parquet"),
        ("none/t.csv", r"there is no folder"),
        ("there.csv", r"the file exists; a table replaces nothing unless told to"),
    ],
)
def test_what_is_refused_before_runs(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "there.csv").touch()
    with pytest.raises(FileError, match=message):
        check_table(tmp_path / name, overwrite=False)
    check_table(tmp_path / "there.csv", overwrite=True)
