"""The error for what a table of equation-based synapses cannot do once it is built."""

from __future__ import annotations

from distsnn.errors import ParameterError


def refuse_in_table(where: str, what: str, allowed: str) -> ParameterError:
    """The error of synapses whose statements were recognized as a rule of plasticity.

    Parameters
    ----------
    where : str
        Name of the synapses.
    """
    return ParameterError(
        where,
        what,
        f"the statements were recognized as a rule of plasticity, and {allowed}",
        "make Synapses(..., recognize=False) to have them run as they are written",
    )
