"""Values of ``--set``, one or several."""

from __future__ import annotations

import pytest
import typer

from distsnn.commands.settings import label_of, parse_fixed, parse_settings


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-2.5e1", -25.0),
        ("'a,b'", "a,b"),
        ("(1, 2)", (1, 2)),
        ("[1, (2, 3)]", [1, (2, 3)]),
        ("word", "word"),
        ("../data/file.h5", "../data/file.h5"),
        ("None", None),
    ],
)
def test_one_value(text: str, value: object) -> None:
    assert parse_fixed([f"x={text}"]) == {"x": value}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1..4", [1, 2, 3, 4]),
        ("-1..1", [-1, 0, 1]),
        ("7..7", 7),
        ("4,4.5, 5", [4, 4.5, 5]),
        ("1..3,8", [1, 2, 3, 8]),
        ("delta,exponential", ["delta", "exponential"]),
        ("(1,2),(3,4)", [(1, 2), (3, 4)]),
        ("'a,b',c", ["a,b", "c"]),
    ],
)
def test_several_values(text: str, values: object) -> None:
    parsed = parse_settings([f"x={text}"])
    assert parsed.fixed | parsed.varied == {"x": values}


def test_every_combination_the_last_fastest() -> None:
    parsed = parse_settings(["seed=1..2", "n=7", "g=4,5"])
    assert parsed.fixed == {"n": 7}
    labels = [label_of(varied) for varied in parsed.combined()]
    assert labels == ["seed=1-g=4", "seed=1-g=5", "seed=2-g=4", "seed=2-g=5"]


def test_labels_are_names_of_files() -> None:
    assert label_of({"path": "../a/b c.h5", "x": (1, 2.5)}) == "path=.._a_b_c.h5-x=1_2.5"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("4..1", "is a range of 0 values; first..last has its smaller end first"),
        ("1..10000000", "at most 100000 values"),
        ("0.1..0.5", "neither a Python literal nor a word"),
        ("1,,2", "neither a Python literal nor a word"),
        ("1,1", "has a value twice"),
    ],
)
def test_what_cannot_be_several_values(text: str, message: str) -> None:
    with pytest.raises(typer.BadParameter, match=message):
        parse_settings([f"x={text}"])


def test_one_network_takes_one_value() -> None:
    with pytest.raises(typer.BadParameter, match="seed has several values"):
        parse_fixed(["seed=1..2"])
