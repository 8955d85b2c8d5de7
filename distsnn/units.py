"""Unit constants: plain floats in one coherent system.

The base is ms, mV, pA, nS, pF (``pA = nS*mV``, ``pA/pF = mV/ms``), lengths in um, amounts
of substance per volume in mM, rates in 1/ms. ``3*second`` is the float 3000.0: the time in
ms. Quantities given without a unit are in the base units.
"""

from __future__ import annotations

from typing import Final

ms: Final = 1.0
us: Final = 1e-3
second: Final = 1e3
minute: Final = 60e3

mV: Final = 1.0
uV: Final = 1e-3
volt: Final = 1e3

pA: Final = 1.0
nA: Final = 1e3
uA: Final = 1e6
amp: Final = 1e12

nS: Final = 1.0
uS: Final = 1e3
mS: Final = 1e6
siemens: Final = 1e9

pF: Final = 1.0
nF: Final = 1e3
uF: Final = 1e6
farad: Final = 1e12

# The unit of resistance is mV/pA, which is 1/nS.
Gohm: Final = 1.0
Mohm: Final = 1e-3
ohm: Final = 1e-9

Hz: Final = 1e-3
kHz: Final = 1.0

um: Final = 1.0
mm: Final = 1e3
meter: Final = 1e6

mM: Final = 1.0

__all__ = [
    "Gohm",
    "Hz",
    "Mohm",
    "amp",
    "farad",
    "kHz",
    "mM",
    "mS",
    "mV",
    "meter",
    "minute",
    "mm",
    "ms",
    "nA",
    "nF",
    "nS",
    "ohm",
    "pA",
    "pF",
    "second",
    "siemens",
    "uA",
    "uF",
    "uS",
    "uV",
    "um",
    "us",
    "volt",
]
