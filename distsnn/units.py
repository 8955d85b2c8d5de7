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


class Unit(float):
    """A unit constant: a float that also multiplies lists, as in ``[10, 100]*ms``.

    A number times a unit is a plain float; products, ratios and powers of units are units.
    """

    __slots__ = ()

    def __mul__(self, other: Any) -> Any:
        """Product with a number (float), a unit (Unit), or a sequence (float64 array)."""
        if isinstance(other, list | tuple):
            return np.asarray(other, dtype=np.float64) * float(self)
        product = float.__mul__(self, other)
        return Unit(product) if isinstance(other, Unit) else product

    def __rmul__(self, other: Any) -> Any:
        return self * other

    def __truediv__(self, other: Any) -> Any:
        """Ratio to a number (float) or to a unit (Unit)."""
        ratio = float.__truediv__(self, other)
        return Unit(ratio) if isinstance(other, Unit) else ratio

    def __pow__(self, exponent: Any, modulus: None = None) -> Any:
        """Power with a number as the exponent (Unit)."""
        power = float.__pow__(self, exponent)
        return Unit(power) if isinstance(power, float) else power


ms: Final = Unit(1.0)
us: Final = Unit(1e-3)
second: Final = Unit(1e3)
minute: Final = Unit(60e3)

mV: Final = Unit(1.0)
uV: Final = Unit(1e-3)
volt: Final = Unit(1e3)

pA: Final = Unit(1.0)
nA: Final = Unit(1e3)
uA: Final = Unit(1e6)
mA: Final = Unit(1e9)
amp: Final = Unit(1e12)

nS: Final = Unit(1.0)
uS: Final = Unit(1e3)
mS: Final = Unit(1e6)
siemens: Final = Unit(1e9)

pF: Final = Unit(1.0)
nF: Final = Unit(1e3)
uF: Final = Unit(1e6)
farad: Final = Unit(1e12)

# The unit of resistance is mV/pA, which is 1/nS.
Gohm: Final = Unit(1.0)
Mohm: Final = Unit(1e-3)
kohm: Final = Unit(1e-6)
ohm: Final = Unit(1e-9)

Hz: Final = Unit(1e-3)
kHz: Final = Unit(1.0)
MHz: Final = Unit(1e3)

um: Final = Unit(1.0)
mm: Final = Unit(1e3)
cm: Final = Unit(1e4)
meter: Final = Unit(1e6)
um2: Final = Unit(1.0)
mm2: Final = Unit(1e6)
cm2: Final = Unit(1e8)
um3: Final = Unit(1.0)
mm3: Final = Unit(1e9)
cm3: Final = Unit(1e12)
liter: Final = Unit(1e15)

nM: Final = Unit(1e-6)
uM: Final = Unit(1e-3)
mM: Final = Unit(1.0)
molar: Final = Unit(1e3)
mole: Final = Unit(1e18)
mmole: Final = Unit(1e15)
umole: Final = Unit(1e12)
nmole: Final = Unit(1e9)
pmole: Final = Unit(1e6)

kelvin: Final = Unit(1.0)
coulomb: Final = Unit(1e15)
joule: Final = Unit(1e18)
watt: Final = Unit(1e15)

# Long names of Brian 2.
msecond: Final = ms
usecond: Final = us
nsecond: Final = Unit(1e-6)
kvolt: Final = Unit(1e6)
mvolt: Final = mV
uvolt: Final = uV
nvolt: Final = Unit(1e-6)
pamp: Final = pA
namp: Final = nA
uamp: Final = uA
mamp: Final = mA
ampere: Final = amp
psiemens: Final = Unit(1e-3)
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
cmeter: Final = cm
cmetre: Final = cm
metre: Final = meter
litre: Final = liter
nmeter: Final = Unit(1e-3)
nmetre: Final = nmeter
kmeter: Final = Unit(1e9)
kmetre: Final = kmeter
mliter: Final = Unit(1e12)
mlitre: Final = mliter
uliter: Final = Unit(1e9)
ulitre: Final = uliter
pmolar: Final = Unit(1e-9)
nmolar: Final = nM
umolar: Final = uM
mmolar: Final = mM

__all__ = [
    "Gohm",
    "Hz",
    "MHz",
    "Mohm",
    "amp",
    "ampere",
    "cm",
    "cm2",
    "cm3",
    "cmeter",
    "cmetre",
    "coulomb",
    "farad",
    "hertz",
    "joule",
    "kHz",
    "kelvin",
    "khertz",
    "kmeter",
    "kmetre",
    "kohm",
    "kvolt",
    "liter",
    "litre",
    "mA",
    "mM",
    "mS",
    "mV",
    "mamp",
    "meter",
    "metre",
    "minute",
    "mliter",
    "mlitre",
    "mm",
    "mm2",
    "mm3",
    "mmeter",
    "mmetre",
    "mmolar",
    "mmole",
    "molar",
    "mole",
    "ms",
    "msecond",
    "msiemens",
    "mvolt",
    "nA",
    "nF",
    "nM",
    "nS",
    "namp",
    "nfarad",
    "nmeter",
    "nmetre",
    "nmolar",
    "nmole",
    "nsecond",
    "nsiemens",
    "nvolt",
    "ohm",
    "pA",
    "pF",
    "pamp",
    "pfarad",
    "pmolar",
    "pmole",
    "psiemens",
    "second",
    "siemens",
    "uA",
    "uF",
    "uM",
    "uS",
    "uV",
    "uamp",
    "ufarad",
    "uliter",
    "ulitre",
    "um",
    "um2",
    "um3",
    "umeter",
    "umetre",
    "umolar",
    "umole",
    "us",
    "usecond",
    "usiemens",
    "uvolt",
    "volt",
    "watt",
]
