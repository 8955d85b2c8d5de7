from __future__ import annotations

import numpy as np
import pytest

from distsnn import units
from distsnn.language.unit_names import UNITS
from distsnn.units import (
    Gohm,
    Hz,
    Mohm,
    amp,
    farad,
    kHz,
    meter,
    minute,
    mM,
    mm,
    mS,
    ms,
    mV,
    nA,
    nF,
    nS,
    ohm,
    pA,
    pF,
    second,
    siemens,
    uA,
    uF,
    um,
    uS,
    us,
    uV,
    volt,
)


@pytest.mark.parametrize("unit", [ms, mV, pA, nS, pF, um, mM])
def test_base_units_are_one(unit: float) -> None:
    assert unit == 1.0


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (amp, siemens * volt),
        (volt, ohm * amp),
        (farad * volt, amp * second),
        (ohm * farad, second),
        (siemens * ohm, 1.0),
        (second * Hz, 1.0),
    ],
)
def test_units_are_coherent(left: float, right: float) -> None:
    assert left == pytest.approx(right, rel=1e-15)


def test_units_are_those_of_texts() -> None:
    for name in units.__all__:
        # Texts of Brian 2 have no minute either.
        if name != "minute":
            assert float(getattr(units, name)) == pytest.approx(UNITS[name].value, rel=1e-15), name


def test_units_of_the_design() -> None:
    assert pA == nS * mV
    assert pA / pF == mV / ms
    assert Gohm == mV / pA


@pytest.mark.parametrize(
    ("small", "large", "factor"),
    [
        (us, ms, 1e3),
        (ms, second, 1e3),
        (second, minute, 60.0),
        (uV, mV, 1e3),
        (mV, volt, 1e3),
        (pA, nA, 1e3),
        (nA, uA, 1e3),
        (uA, amp, 1e6),
        (nS, uS, 1e3),
        (uS, mS, 1e3),
        (mS, siemens, 1e3),
        (pF, nF, 1e3),
        (nF, uF, 1e3),
        (uF, farad, 1e6),
        (ohm, Mohm, 1e6),
        (Mohm, Gohm, 1e3),
        (Hz, kHz, 1e3),
        (um, mm, 1e3),
        (mm, meter, 1e3),
    ],
)
def test_prefixes(small: float, large: float, factor: float) -> None:
    assert large == pytest.approx(factor * small, rel=1e-15)


def test_all_constants_are_exported_floats() -> None:
    constants = {name for name in vars(units) if not name.startswith("_")}
    assert set(units.__all__) == constants - {"annotations", "Any", "Final", "Unit", "np"}
    assert all(isinstance(getattr(units, name), units.Unit) for name in units.__all__)


def test_lists_times_units() -> None:
    for product in ([10, 100] * units.ms, units.ms * (10, 100), np.array([10, 100]) * units.ms):
        assert isinstance(product, np.ndarray)
        assert product.tolist() == [10.0, 100.0]
    assert ([1, 2] * (units.nS * units.mV)).tolist() == [1.0, 2.0]
    assert ([1, 2] * (units.volt / units.second)).tolist() == [1.0, 2.0]
    assert ([1, 2] * units.mV**2).tolist() == [1.0, 2.0]


def test_a_number_times_a_unit_is_a_plain_float() -> None:
    for quantity in (3 * units.second, 3.0 * units.second, units.second * 3, units.second / 2):
        assert type(quantity) is float
    assert 3 * units.second == 3000.0
    assert units.second / units.ms == 1000.0
