"""Constants of physics (CODATA 2014), as ``brian2.units.constants``."""

from __future__ import annotations

from typing import Final

from distsnn.quantities.all_units import ALL_UNITS

_names = ("amp", "coulomb", "farad", "joule", "kelvin", "meter", "mole", "kilogram")
amp, coulomb, farad, joule, kelvin, meter, mole, kilogram = (ALL_UNITS[name] for name in _names)

avogadro_constant: Final = 6.022140857e23 / mole
boltzmann_constant: Final = 1.38064852e-23 * joule / kelvin
electric_constant: Final = 8.854187817e-12 * farad / meter
electron_mass: Final = 9.10938356e-31 * kilogram
elementary_charge: Final = 1.6021766208e-19 * coulomb
faraday_constant: Final = 96485.33289 * coulomb / mole
gas_constant: Final = 8.3144598 * joule / (kelvin * mole)
magnetic_constant: Final = 1.2566370614359173e-6 * joule / (meter * amp**2)
molar_mass_constant: Final = 1e-3 * kilogram / mole
zero_celsius: Final = 273.15 * kelvin

__all__ = [
    "avogadro_constant",
    "boltzmann_constant",
    "electric_constant",
    "electron_mass",
    "elementary_charge",
    "faraday_constant",
    "gas_constant",
    "magnetic_constant",
    "molar_mass_constant",
    "zero_celsius",
]
