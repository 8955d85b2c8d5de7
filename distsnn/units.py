"""Unit constants: floats in one coherent system.

The base is ms, mV, pA, nS, pF (``pA = nS*mV``, ``pA/pF = mV/ms``), lengths in um, amounts
of substance per volume in mM, rates in 1/ms. ``3*second`` is the float 3000.0: the time in
ms. Quantities given without a unit are in the base units.

Lists are multiplied like arrays, ``[1, 2]*ms``, as in Brian 2, whose long names (``msecond``,
``metre``, ``nsiemens``) are there as well.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np


class UnitConstant(float):
    """A float by which lists and tuples can be multiplied; all results are plain numbers."""

    __slots__ = ()

    def __mul__(self, other: Any) -> Any:
        return self.__rmul__(other)

    def __rmul__(self, other: Any) -> Any:
        if isinstance(other, list | tuple):
            return np.asarray(other, dtype=np.float64) * float(self)
        return float.__rmul__(self, other)


ms: Final = UnitConstant(1.0)
us: Final = UnitConstant(1e-3)
second: Final = UnitConstant(1e3)
minute: Final = UnitConstant(60e3)

mV: Final = UnitConstant(1.0)
uV: Final = UnitConstant(1e-3)
volt: Final = UnitConstant(1e3)

pA: Final = UnitConstant(1.0)
nA: Final = UnitConstant(1e3)
uA: Final = UnitConstant(1e6)
amp: Final = UnitConstant(1e12)

nS: Final = UnitConstant(1.0)
uS: Final = UnitConstant(1e3)
mS: Final = UnitConstant(1e6)
siemens: Final = UnitConstant(1e9)

pF: Final = UnitConstant(1.0)
nF: Final = UnitConstant(1e3)
uF: Final = UnitConstant(1e6)
farad: Final = UnitConstant(1e12)

# The unit of resistance is mV/pA, which is 1/nS.
Gohm: Final = UnitConstant(1.0)
Mohm: Final = UnitConstant(1e-3)
ohm: Final = UnitConstant(1e-9)

Hz: Final = UnitConstant(1e-3)
kHz: Final = UnitConstant(1.0)

um: Final = UnitConstant(1.0)
mm: Final = UnitConstant(1e3)
meter: Final = UnitConstant(1e6)

mM: Final = UnitConstant(1.0)

# Long names of Brian 2.
msecond: Final = ms
usecond: Final = us
mvolt: Final = mV
uvolt: Final = uV
pamp: Final = pA
namp: Final = nA
uamp: Final = uA
ampere: Final = amp
nsiemens: Final = nS
usiemens: Final = uS
msiemens: Final = mS
pfarad: Final = pF
nfarad: Final = nF
ufarad: Final = uF
hertz: Final = Hz
khertz: Final = kHz
umeter: Final = um
umetre: Final = um
mmeter: Final = mm
mmetre: Final = mm
metre: Final = meter

__all__ = [
    "Gohm",
    "Hz",
    "Mohm",
    "amp",
    "ampere",
    "farad",
    "hertz",
    "kHz",
    "khertz",
    "mM",
    "mS",
    "mV",
    "meter",
    "metre",
    "minute",
    "mm",
    "mmeter",
    "mmetre",
    "ms",
    "msecond",
    "msiemens",
    "mvolt",
    "nA",
    "nF",
    "nS",
    "namp",
    "nfarad",
    "nsiemens",
    "ohm",
    "pA",
    "pF",
    "pamp",
    "pfarad",
    "second",
    "siemens",
    "uA",
    "uF",
    "uS",
    "uV",
    "uamp",
    "ufarad",
    "um",
    "umeter",
    "umetre",
    "us",
    "usecond",
    "usiemens",
    "uvolt",
    "volt",
]
