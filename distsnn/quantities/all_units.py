"""All units by their names in Python: ``metre``, ``mvolt``, ``mV``, ``cmetre2``."""

from __future__ import annotations

from typing import Any

from distsnn.quantities.physical import DIMENSIONLESS, Dimension, get_or_create_dimension
from distsnn.quantities.unit import Unit, register_new_unit

_PREFIXES = {
    "y": -24, "z": -21, "a": -18, "f": -15, "p": -12, "n": -9, "u": -6, "m": -3, "c": -2, "d": -1,
    "": 0, "da": 1, "h": 2, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18, "Z": 21, "Y": 24,
}  # fmt: skip
# In which quantities are shown.
_OFTEN = ("p", "n", "u", "m", "", "k", "M", "G", "T")


def _of(**exponents: float) -> Dimension:
    return get_or_create_dimension(**exponents)


_NEWTON = _of(kg=1, m=1, s=-2)
_JOULE = _NEWTON * _of(m=1)
_WATT = _JOULE / _of(s=1)
_VOLT = _WATT / _of(A=1)
_COULOMB = _of(A=1, s=1)
_WEBER = _VOLT * _of(s=1)
# name -> (name for people, dimension, power of ten)
_UNITS = {
    "metre": ("m", _of(m=1), 0),
    "meter": ("m", _of(m=1), 0),
    "second": ("s", _of(s=1), 0),
    "amp": ("A", _of(A=1), 0),
    "ampere": ("A", _of(A=1), 0),
    "kelvin": ("K", _of(K=1), 0),
    "mole": ("mol", _of(mol=1), 0),
    "mol": ("mol", _of(mol=1), 0),
    "candle": ("cd", _of(cd=1), 0),
    "candela": ("cd", _of(cd=1), 0),
    "gram": ("g", _of(kg=1), -3),
    "gramme": ("g", _of(kg=1), -3),
    "radian": ("rad", DIMENSIONLESS, 0),
    "steradian": ("sr", DIMENSIONLESS, 0),
    "hertz": ("Hz", _of(s=-1), 0),
    "newton": ("N", _NEWTON, 0),
    "pascal": ("Pa", _NEWTON / _of(m=2), 0),
    "joule": ("J", _JOULE, 0),
    "watt": ("W", _WATT, 0),
    "coulomb": ("C", _COULOMB, 0),
    "volt": ("V", _VOLT, 0),
    "farad": ("F", _COULOMB / _VOLT, 0),
    "ohm": ("ohm", _VOLT / _of(A=1), 0),
    "siemens": ("S", _of(A=1) / _VOLT, 0),
    "weber": ("Wb", _WEBER, 0),
    "tesla": ("T", _WEBER / _of(m=2), 0),
    "henry": ("H", _WEBER / _of(A=1), 0),
    "lumen": ("lm", _of(cd=1), 0),
    "lux": ("lx", _of(cd=1, m=-2), 0),
    "becquerel": ("Bq", _of(s=-1), 0),
    "gray": ("Gy", _of(m=2, s=-2), 0),
    "sievert": ("Sv", _of(m=2, s=-2), 0),
    "katal": ("kat", _of(mol=1, s=-1), 0),
    "molar": ("M", _of(mol=1, m=-3), 3),
    "liter": ("l", _of(m=3), -3),
    "litre": ("l", _of(m=3), -3),
}
# The same dimension as another unit, in which quantities are shown.
_RARE = {"liter", "litre", "becquerel", "gray", "lumen", "katal", "meter", "ampere", "gramme"}
SHORT = {
    "mV": "mvolt", "uV": "uvolt", "mA": "mamp", "uA": "uamp", "nA": "namp", "pA": "pamp",
    "pF": "pfarad", "nF": "nfarad", "uF": "ufarad", "nS": "nsiemens", "uS": "usiemens",
    "mS": "msiemens", "ms": "msecond", "us": "usecond", "Hz": "hertz", "kHz": "khertz",
    "MHz": "Mhertz", "cm": "cmetre", "cm2": "cmetre2", "cm3": "cmetre3", "mm": "mmetre",
    "mm2": "mmetre2", "mm3": "mmetre3", "um": "umetre", "um2": "umetre2", "um3": "umetre3",
    "mM": "mmolar", "uM": "umolar", "nM": "nmolar",
}  # fmt: skip


def _table() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, (symbol, dim, own) in _UNITS.items():
        for prefix, decades in _PREFIXES.items():
            scale = own + decades
            unit = Unit.create(dim, prefix + name, prefix + symbol, scale=scale)
            found[prefix + name] = unit
            shown = prefix in _OFTEN and name not in _RARE and dim is not DIMENSIONLESS
            if shown:
                register_new_unit(unit)
            for power in (2, 3):
                found[f"{prefix}{name}{power}"] = powered = Unit.create(
                    dim**power, f"{prefix}{name}{power}", f"{prefix}{symbol}^{power}",
                    scale=scale * power,
                )  # fmt: skip
                if shown:
                    register_new_unit(powered)
    kilogram = Unit.create(_of(kg=1), "kilogram", "kg")
    found |= {"kilogram": kilogram, "kilogramme": kilogram, "Hz": found["hertz"]}
    for power in (2, 3):
        found[f"kilogram{power}"] = kilogram**power
    found |= {short: found[long] for short, long in SHORT.items()}
    for name in ("amp", "siemens", "farad"):
        for prefix in _OFTEN[:5]:
            register_new_unit(found[prefix + name] / found["cmetre"] ** 2)
    return found


ALL_UNITS = _table()
