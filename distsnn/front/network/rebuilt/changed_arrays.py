"""Refuses TimedArrays that a network which has been built cannot take over."""

from __future__ import annotations

from distsnn.describe.groups import GroupDescription, NeuronDescription
from distsnn.describe.values.given_expressions import NeuronEquations
from distsnn.errors import ParameterError


def check_timed_arrays(before: GroupDescription, now: GroupDescription, dt: float) -> None:
    """Refuse TimedArrays that the equations, as they have been integrated, cannot have.

    Raises ParameterError if one changes within steps now and did not, or has another number of
    dimensions.
    """
    assert isinstance(before, NeuronDescription)
    assert isinstance(now, NeuronDescription)
    if not isinstance(before.model, NeuronEquations) or not isinstance(now.model, NeuronEquations):
        return
    earlier, later = before.model.names.arrays, now.model.names.arrays
    for name in sorted(earlier.keys() & later.keys()):
        old, new = earlier[name], later[name]
        constant = old.is_constant_over(dt), new.is_constant_over(dt)
        if constant == (True, False) or old.values.ndim != new.values.ndim:
            raise ParameterError(
                now.name,
                f"{name} is another TimedArray than in the run before, with dt={new.dt:g} ms and "
                f"{new.values.ndim} dimension(s)",
                "values may be others in each run, also more of them; dt stays a whole number of "
                "steps if it was, and the number of dimensions is the same",
                "correct it, or make a new Network",
            )
