"""Quantities beside plain numbers in SI units, and beside those of Brian 2."""

from __future__ import annotations

import copy
import operator
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from distsnn.errors import UnitError
from distsnn.quantities.all_units import ALL_UNITS
from distsnn.quantities.checks import check_units, in_unit
from distsnn.quantities.dimension_rules import get_dimensions, plain
from distsnn.quantities.physical import DIMENSIONLESS, get_or_create_dimension
from distsnn.quantities.quantity import Quantity
from distsnn.quantities.safe_functions import arange, dot, linspace, where
from distsnn.quantities.unit import Unit, get_unit

mV, ms, pA, nS, cm, second, volt, Hz, amp = (
    ALL_UNITS[name] for name in ("mV", "ms", "pA", "nS", "cm", "second", "volt", "Hz", "amp")
)


def test_numbers_are_the_nearest_floats() -> None:
    # Not 7 * 0.001, which is another float.
    for number in (7, 0.1, 1.1, 29, 57, 0.7):
        assert float(number * ms) == number / 1e3
        assert (number * ms) / ms == number
        assert float(number * pA) == number / 1e12
    assert (np.arange(50) * mV / mV == np.arange(50)).all()
    assert type((3 * mV) / mV) is np.float64
    assert type((np.ones(2) * mV) / mV) is np.ndarray


@pytest.mark.parametrize(
    ("quantity", "code", "text"),
    [
        (10 * ms, "10. * msecond", "10. ms"),
        (np.arange(3) * mV, "array([0., 1., 2.]) * mvolt", "[0. 1. 2.] mV"),
        (-70 * mV, "-70. * mvolt", "-70. mV"),
        (0.0005 * second, "0.5 * msecond", "0.5 ms"),
        (0 * mV, "0. * volt", "0. V"),
        (5 * nS / cm**2, "5. * nsiemens / (cmetre ** 2)", "5. nS/(cm^2)"),
        (1 / (3 * ms), "0.33333333 * khertz", "0.33333333 kHz"),
        (4 * mV * mV, "4. * mvolt2", "4. mV^2"),
        (2 * mV / ms, "2. * metre ** 2 * kilogram * second ** -4 * amp ** -1",
         "2. m^2 kg s^-4 A^-1"),
        (ms, "msecond", "ms"),
        (nS / cm**2, "nsiemens / (cmetre ** 2)", "nS/(cm^2)"),
    ],
)  # fmt: skip
def test_looks(quantity: Quantity, code: str, text: str) -> None:
    # As Brian 2 shows them.
    assert (repr(quantity), str(quantity)) == (code, text)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: 10 * mV + 5 * pA,
        lambda: 10 * mV - 5,
        lambda: 5 + 10 * mV,
        lambda: 10 * mV < 5 * ms,
        lambda: np.maximum(1 * mV, 1),
        lambda: np.exp(3 * mV),
        lambda: np.concatenate([[1] * mV, [1] * ms]),
        lambda: where([True], [1] * mV, [2]),
        lambda: operator.setitem([1.0, 2] * mV, 0, 5 * ms),
        lambda: Quantity([1 * mV, 1 * ms]),
        lambda: linspace(0 * mV, 5 * ms, 3),
        lambda: arange(1 * mV, 5 * mV),
        lambda: (2 * mV) ** (2 * ms),
        lambda: in_unit(3 * mV, pA),
    ],
)
def test_units_that_do_not_agree_are_refused(wrong: Callable[[], Any]) -> None:
    with pytest.raises(UnitError):
        wrong()


def test_results_have_the_units_of_calculations() -> None:
    x = np.array([1.0, 4, 2]) * mV
    numbers = plain(x)
    for found, dim, expected in (
        (x * x, volt.dim**2, numbers**2),
        (x / (2 * ms), volt.dim / second.dim, numbers / 0.002),
        (np.sqrt(x), volt.dim**0.5, numbers**0.5),
        (x.var(), volt.dim**2, numbers.var()),
        (np.prod(x), volt.dim**3, numbers.prod()),
        (np.mean(x), volt.dim, numbers.mean()),
        (x.max(), volt.dim, numbers.max()),
        (sum(x), volt.dim, numbers.sum()),
        (np.diff(x), volt.dim, np.diff(numbers)),
        (np.cumsum(x), volt.dim, numbers.cumsum()),
        (dot(x, x), volt.dim**2, numbers @ numbers),
        (x.dot(x), volt.dim**2, numbers @ numbers),
        (x @ x, volt.dim**2, numbers @ numbers),
        (np.clip(x, 0 * mV, 2 * mV), volt.dim, numbers.clip(0, 0.002)),
        (where(x > 1.5 * mV, x, 0 * mV), volt.dim, np.where(numbers > 1.5e-3, numbers, 0)),
        (np.sort(x), volt.dim, np.sort(numbers)),
        (x[x > 1.5 * mV], volt.dim, numbers[[1, 2]]),
        (x + 0, volt.dim, numbers),
        (-x, volt.dim, -numbers),
        (linspace(0 * mV, 5 * mV, 3), volt.dim, np.linspace(0, 0.005, 3)),
    ):
        assert get_dimensions(found) is dim
        assert np.asarray(found) == pytest.approx(expected, rel=1e-14)
    for found, expected in (
        (x > 1.5 * mV, [False, True, True]),
        (np.argsort(x), [0, 2, 1]),
        (np.sign(x), [1, 1, 1]),
        (np.isfinite(x), [True] * 3),
        (np.searchsorted(np.sort(x), 2 * mV), 1),
    ):
        assert not isinstance(found, Quantity)
        assert np.array_equal(found, expected)
    assert (x < np.inf).all()


def test_what_brian_2_makes_plain_numbers() -> None:
    # Its scripts write ``np.hstack(intervals) * second / ms``.
    x, y = np.array([1.0, 4, 2]) * mV, [8.0, 1] * mV
    numbers, others = plain(x), plain(y)
    for function, quantities, plain_numbers in (
        (np.hstack, ([x, y],), ([numbers, others],)),
        (np.concatenate, ([x, [0.5]],), ([numbers, [0.5]],)),
        (np.column_stack, ([x, x],), ([numbers, numbers],)),
        (np.append, (x, 3), (numbers, 3)),
        (np.append, (0, x), (0, numbers)),
        (np.where, (x > 1.5 * mV, x, 0), (numbers > 1.5e-3, numbers, 0)),
        (np.dot, (x, x), (numbers, numbers)),
        (np.outer, (x, y), (numbers, others)),
        (np.convolve, (x, y), (numbers, others)),
        (np.union1d, (x, y), (numbers, others)),
    ):
        found = function(*quantities)
        assert not isinstance(found, Quantity), function
        assert np.array_equal(found, function(*plain_numbers))


def test_in_place() -> None:
    x = np.arange(3.0) * volt
    same = x
    x *= 2
    x += 1 * volt
    assert same is x
    assert (x == np.array([1, 3, 5]) * volt).all()
    # One quantity is a number: others that have it keep it.
    one = 3 * mV
    before = one
    one += 1 * mV
    assert (float(before), float(one)) == (0.003, 0.004)
    with pytest.raises(TypeError):
        volt.__iadd__(volt)


def test_copies_and_units() -> None:
    for value in (500 * mV, np.arange(4).reshape(2, 2) * mV / ms, mV, nS / cm**2):
        for made in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value)):
            assert type(made) is type(value)
            assert (made.dim, repr(made)) == (value.dim, repr(value))
            assert np.array_equal(np.asarray(made), np.asarray(value))
    assert [type(x) for x in (volt**2, 1 / ms, amp / cm**2)] == [Unit] * 3
    assert [type(x) for x in (2 * volt, volt + volt)] == [Quantity] * 2
    assert mV == Unit(1e-3, volt.dim, scale=-3)
    assert mV != volt
    assert get_unit(mV.dim) is volt
    assert Quantity(np.ones(3)).dim is DIMENSIONLESS
    assert get_or_create_dimension(time=-1) is Hz.dim
    assert get_or_create_dimension([0, 0, -1, 0, 0, 0, 0]) is Hz.dim


def test_check_units() -> None:
    @check_units(v=volt, n=1, result=second)
    def function(v: Any, n: Any = 1) -> Any:
        return 3 * ms if n else 3 * mV

    assert float(function(3 * mV)) == 0.003
    assert float(function([1 * mV, 2 * mV])) == 0.003
    for wrong in ((3 * ms, 1), (5, 1), (3 * mV, 3 * mV), (3 * mV, 0)):
        with pytest.raises(UnitError):
            function(*wrong)
