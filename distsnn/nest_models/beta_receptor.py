"""A receptor whose response rises and decays with two time constants."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.describe.models.parameters import POSITIVE, Parameter
from distsnn.describe.models.receptors.outputs import COBA
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.describe.values.exact_functions import exact_exp, exact_log

# How far rates of equal time constants are taken apart.
_APART = 5e-6


class Beta(Receptor):
    """A receptor whose response rises and decays with two time constants; its peak is the weight.

    Parameters
    ----------
    tau_rise, tau_decay : float or array (N,), ms
    scale : float or array (N,)
        What makes the peak of the response the weight, see `of`.
    """

    tau_rise = Parameter(None, "ms", POSITIVE)
    tau_decay = Parameter(None, "ms", POSITIVE)
    scale = Parameter(None, "1")
    equations = """
    dx/dt = scale*rise/tau_rise - x/tau_decay
    drise/dt = -rise/tau_rise
    """

    @classmethod
    def of(cls, rise: Any, decay: Any, output: COBA, name: str) -> Beta:
        """The receptor of two time constants; equal ones are taken a little apart."""
        rise, decay = np.asarray(rise, dtype=np.float64), np.asarray(decay, dtype=np.float64)
        # What no time constant can be is refused below.
        with np.errstate(divide="ignore", invalid="ignore"):
            equal, rate = np.abs(decay - rise) < 1e-6 * rise, 0.5 / rise + 0.5 / decay
            # Both rates are as far from their mean, so that only the square of that counts.
            rise = np.where(equal, 1.0 / (rate * (1.0 + _APART)), rise)
            decay = np.where(equal, 1.0 / (rate * (1.0 - _APART)), decay)
            peak = exact_log(decay / rise) * rise * decay / (decay - rise)
            # The response of a scale of 1.
            height = decay / (decay - rise) * (exact_exp(-peak / decay) - exact_exp(-peak / rise))
            scale = 1.0 / height
        values = {"tau_rise": rise, "tau_decay": decay, "scale": scale}
        plain = {k: float(v) if v.ndim == 0 else v for k, v in values.items()}
        return cls(output=output, name=name, **plain)
