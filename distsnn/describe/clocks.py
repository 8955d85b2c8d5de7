"""Time steps of single objects: each has a clock, and a network advances by their common step."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction

from distsnn.errors import UnsupportedError

# Name of an object, and its time step (ms) where that is not the network's; in order of names.
Clocks = tuple[tuple[str, float], ...]
# The entry of objects without a clock of their own.
DEFAULT_CLOCK = ""
# Numbers of steps beyond are a time step that was not meant.
_MOST_STEPS = 10_000
_MOST_DENOMINATOR = 10**6


def common_step(steps: Iterable[float]) -> float:
    """The largest time step (ms) of which all `steps` (ms) are multiples.

    Raises
    ------
    UnsupportedError
        If none of at least a ten-thousandth of the longest is.
    """
    given = sorted(set(steps))
    if len(given) == 1:
        return given[0]
    found = [Fraction(step).limit_denominator(_MOST_DENOMINATOR) for step in given]
    below = math.lcm(*(step.denominator for step in found))
    divisor = Fraction(math.gcd(*(int(step * below) for step in found)), below)
    exact = all(abs(float(f) - step) <= 1e-9 * step for f, step in zip(found, given, strict=True))
    if not exact or found[-1] > _MOST_STEPS * divisor:
        raise UnsupportedError(
            "Network",
            f"objects have time steps of {', '.join(f'{step:g}' for step in given)} ms",
            "time steps of one network are multiples of a common one, of which the longest has at "
            f"most {_MOST_STEPS:,}",
            "choose time steps that divide each other",
        )
    # As it was given: 0.1 is no other number than 1/10.
    return given[0] if divisor == found[0] else float(divisor)
