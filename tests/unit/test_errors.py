from __future__ import annotations

import pickle

import pytest

from distsnn import errors
from distsnn.errors import (
    ConnectivityError,
    DimensionError,
    DistsnnError,
    EquationError,
    ExpressionSyntaxError,
    ExpressionTypeError,
    FileError,
    LauncherError,
    MagicError,
    NotConnectedError,
    NotEnoughMemoryError,
    NotRecordedError,
    NotThereError,
    ParameterError,
    RankError,
    ReadOnlyError,
    UnitError,
    UnknownArgumentError,
    UnknownAttributeError,
    UnknownNameError,
    UnknownVariableError,
    UnsupportedError,
    UsedTwiceError,
    WrongIndexError,
    nearest_first,
    unknown_name,
)

KINDS = [
    ConnectivityError,
    DimensionError,
    DistsnnError,
    FileError,
    LauncherError,
    MagicError,
    NotEnoughMemoryError,
    EquationError,
    ExpressionSyntaxError,
    ExpressionTypeError,
    NotConnectedError,
    NotRecordedError,
    NotThereError,
    ParameterError,
    RankError,
    ReadOnlyError,
    UnitError,
    UnknownArgumentError,
    UnknownAttributeError,
    UnknownNameError,
    UnknownVariableError,
    UnsupportedError,
    UsedTwiceError,
    WrongIndexError,
]


def test_every_kind_is_tested() -> None:
    defined = {kind for kind in vars(errors).values() if isinstance(kind, type)}
    raised = {kind for kind in defined if issubclass(kind, Exception)}
    assert {kind for kind in raised if not issubclass(kind, Warning)} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_message_and_fields(kind: type[DistsnnError]) -> None:
    error = kind("LIF", "tau_m is -1 ms", "it must be positive", "Give a time", rank=3)
    assert str(error) == "LIF: tau_m is -1 ms; it must be positive. Give a time."
    assert (error.where, error.what) == ("LIF", "tau_m is -1 ms")
    assert (error.allowed, error.advice) == ("it must be positive", "Give a time")
    assert error.values == {"rank": 3}
    assert error.rank == 3


@pytest.mark.parametrize("kind", KINDS)
def test_pickles(kind: type[DistsnnError]) -> None:
    error = kind("LIF", "tau_m is -1 ms", "it must be positive", rank=3)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert str(copy) == str(error)
    assert copy.rank == 3


@pytest.mark.parametrize(
    ("allowed", "advice", "message"),
    [
        ("", "", "a: b."),
        ("c.", "", "a: b; c."),
        ("", "Do d.", "a: b. Do d."),
        ("c", "Why?", "a: b; c. Why?"),
    ],
)
def test_parts_of_the_message_may_be_missing(allowed: str, advice: str, message: str) -> None:
    assert str(DistsnnError("a", "b.", allowed, advice)) == message


def test_kinds_are_also_those_of_python() -> None:
    assert issubclass(ParameterError, ValueError)
    assert issubclass(FileError, OSError)
    assert issubclass(UnknownNameError, LookupError)


def test_a_value_must_not_hide_a_field() -> None:
    with pytest.raises(TypeError, match="'args'"):
        DistsnnError("a", "b", args=1)


def test_missing_attribute_is_an_attribute_error() -> None:
    assert not hasattr(DistsnnError("a", "b"), "rank")


def test_unknown_name_lists_nearest_first() -> None:
    with pytest.raises(UnknownNameError) as caught:
        unknown_name("LIF", "tau", ["E_L", "tau_m", "V_th"])
    assert caught.value.valid[0] == "tau_m"
    assert caught.value.name == "tau"
    assert str(caught.value) == (
        "LIF: unknown name 'tau'; valid names are tau_m, V_th, E_L. Did you mean 'tau_m'?"
    )


def test_unknown_name_far_from_all_suggests_none() -> None:
    with pytest.raises(UnknownNameError, match="valid names are") as caught:
        unknown_name("LIF", "zzz", ["tau_m"])
    assert "Did you mean" not in str(caught.value)


def test_unknown_name_without_any_valid() -> None:
    with pytest.raises(UnknownNameError, match="there are no names here"):
        unknown_name("scope", "x", [])


def test_nearest_first_does_not_depend_on_the_order_given() -> None:
    names = ["V_reset", "V_th", "E_L", "V_m"]
    assert nearest_first("v_t", names) == nearest_first("v_t", reversed(names))
    assert nearest_first("v_t", names)[0] == "V_th"
