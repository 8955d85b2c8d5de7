"""Constants of physics (CODATA 2014), as ``brian2.units.constants``, in distsnn's units."""

from __future__ import annotations

from typing import Final

from distsnn.units import Unit, amp, coulomb, farad, joule, kelvin, meter, mole, second

_kilogram = joule * second**2 / meter**2

avogadro_constant: Final = Unit(6.022140857e23 / mole)
boltzmann_constant: Final = Unit(1.38064852e-23 * joule / kelvin)
electric_constant: Final = Unit(8.854187817e-12 * farad / meter)
electron_mass: Final = Unit(9.10938356e-31 * _kilogram)
elementary_charge: Final = Unit(1.6021766208e-19 * coulomb)
faraday_constant: Final = Unit(96485.33289 * coulomb / mole)
gas_constant: Final = Unit(8.3144598 * joule / (kelvin * mole))
magnetic_constant: Final = Unit(1.2566370614359173e-6 * joule / (meter * amp**2))
molar_mass_constant: Final = Unit(1e-3 * _kilogram / mole)
zero_celsius: Final = Unit(273.15 * kelvin)

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
