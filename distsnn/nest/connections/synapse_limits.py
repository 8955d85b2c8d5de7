"""Values that parameters of NEST's synapses can have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from distsnn.errors import ParameterError

# From, to, and whether the first itself is allowed.
_Limits = tuple[float, float, bool]
_SHARE = (0.0, 1.0, True)
_TAU = (0.0, np.inf, False)
_ANY_TAU = (0.0, np.inf, True)
_RESOURCES = {"U": _SHARE, "u": _SHARE, "tau_rec": _TAU, "tau_fac": _ANY_TAU}
_LIMITS: Mapping[str, Mapping[str, _Limits]] = {
    "bernoulli_synapse": {"p_transmit": _SHARE},
    "ht_synapse": {"P": _SHARE, "delta_P": _SHARE, "tau_P": _TAU},
    "quantal_stp_synapse": _RESOURCES,
    "tsodyks2_synapse": _RESOURCES,
    "tsodyks_synapse": {**_RESOURCES, "tau_psc": _TAU},
    "tsodyks_synapse_hom": {**_RESOURCES, "tau_psc": _TAU},
}


def check_limits(model: str, name: str, values: Any) -> None:
    """Check values of a parameter of a synapse.

    Parameters
    ----------
    model, name : str
        NEST's names of the synapse and of the parameter.
    values : float or array
        Anything that is no number passes.

    Raises
    ------
    ParameterError
        If a value is outside of what the model allows.
    """
    limits = _LIMITS.get(model, {}).get(name)
    if limits is None or not isinstance(values, float | np.ndarray):
        return
    low, high, closed = limits
    given = np.asarray(values)
    wrong = ~((given >= low if closed else given > low) & (given <= high))
    if wrong.any():
        above = f"{'at least' if closed else 'more than'} {low:g}"
        raise ParameterError(
            model,
            f"{name}={given[wrong][0]:g}",
            f"{name} is {above}" + ("" if np.isinf(high) else f" and at most {high:g}"),
            "correct it",
        )
