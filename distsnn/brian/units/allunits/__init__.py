"""Names of ``brian2.units.allunits``: every unit with every prefix."""

from __future__ import annotations

from distsnn.quantities.all_units import ALL_UNITS

all_units = list(ALL_UNITS.values())
globals().update(ALL_UNITS)

__all__ = ["all_units", *ALL_UNITS]  # noqa: PLE0604 - names of units are strings
