"""PyNN's standard cell types with distsnn's names and units of their parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from pyNN.parameters import ArrayParameter
from pyNN.standardmodels import build_translations, cells

import distsnn as snn
from distsnn.pynn.cell_models import (
    GIF3,
    AdaptiveIF,
    CellModel,
    alpha,
    delta,
    exponential,
)

# From nA, uS and nF to pA, nS and pF.
CURRENT_UNIT = 1000.0
# Of PyNN's variables and units: what the group calls a variable, and the factor.
Recorded = Mapping[str, tuple[str, float]]
_V: Recorded = {"v": ("V_m", 1.0)}
_G: Recorded = {"gsyn_exc": ("g_exc", CURRENT_UNIT), "gsyn_inh": ("g_inh", CURRENT_UNIT)}
_I: Recorded = {"isyn_exc": ("I_syn_exc", CURRENT_UNIT), "isyn_inh": ("I_syn_inh", CURRENT_UNIT)}

_MEMBRANE = [
    ("v_rest", "E_L"), ("v_reset", "V_reset"), ("cm", "C_m", CURRENT_UNIT),
    ("tau_refrac", "t_ref"), ("i_offset", "I_e", CURRENT_UNIT),
]  # fmt: skip
_LEAK = ("tau_m", "g_L", "cm*1000.0/tau_m", "C_m/g_L")
_COND = [
    ("tau_syn_E", "tau_g_exc"), ("tau_syn_I", "tau_g_inh"),
    ("e_rev_E", "E_of_g_exc"), ("e_rev_I", "E_of_g_inh"),
]  # fmt: skip
_CURR = [("tau_syn_E", "tau_I_syn_exc"), ("tau_syn_I", "tau_I_syn_inh")]
IF_CELL = [*_MEMBRANE, ("tau_m", "tau_m"), ("v_thresh", "V_th")]
ADEX = [
    *_MEMBRANE, _LEAK, ("v_thresh", "V_th"), ("v_spike", "V_peak"), ("delta_T", "Delta_T"),
    ("a", "a"), ("b", "b", CURRENT_UNIT), ("tau_w", "tau_w"),
]  # fmt: skip


class Cell:
    """The base of cell types, with what PyNN does not say.

    Attributes
    ----------
    model : CellModel
        What runs it.
    recorded : mapping of str to (str, float)
        The variable of the group and its factor, by PyNN's name.
    fixed : mapping of str to float
        Parameters that PyNN does not have, by distsnn's names.
    """

    model: ClassVar[CellModel]
    recorded: ClassVar[Recorded] = _V
    fixed: ClassVar[Mapping[str, float]] = {}

    def expanded(self, native: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The parameters of the group from the translated ones: fixed ones are added."""
        size = len(next(iter(native.values())))
        return native | {name: np.full(size, value) for name, value in self.fixed.items()}

    def running(self, native: Mapping[str, np.ndarray]) -> CellModel:  # noqa: ARG002 - some choose
        """The model of cells with these parameters."""
        return self.model


class IF_curr_exp(Cell, cells.IF_curr_exp):
    __doc__ = cells.IF_curr_exp.__doc__
    translations = build_translations(*IF_CELL, *_CURR)
    model = CellModel(snn.LIF, exponential(False), "exact")
    recorded = {**_V, **_I}
    recordable = ["spikes", "v", "isyn_exc", "isyn_inh"]


class IF_curr_alpha(Cell, cells.IF_curr_alpha):
    __doc__ = cells.IF_curr_alpha.__doc__
    translations = build_translations(*IF_CELL, *_CURR)
    model = CellModel(snn.LIF, alpha(False), "exact")
    recorded = {**_V, **_I}
    recordable = ["spikes", "v", "isyn_exc", "isyn_inh"]


class IF_curr_delta(Cell, cells.IF_curr_delta):
    __doc__ = cells.IF_curr_delta.__doc__
    translations = build_translations(*IF_CELL)
    model = CellModel(snn.LIF, delta(), "exact")


class IF_cond_exp(Cell, cells.IF_cond_exp):
    __doc__ = cells.IF_cond_exp.__doc__
    translations = build_translations(*IF_CELL, *_COND)
    model = CellModel(snn.LIF, exponential(True))
    recorded = {**_V, **_G}


class IF_cond_alpha(Cell, cells.IF_cond_alpha):
    __doc__ = cells.IF_cond_alpha.__doc__
    translations = build_translations(*IF_CELL, *_COND)
    model = CellModel(snn.LIF, alpha(True))
    recorded = {**_V, **_G}


class IF_facets_hardware1(Cell, cells.IF_facets_hardware1):
    __doc__ = cells.IF_facets_hardware1.__doc__
    translations = build_translations(
        ("v_rest", "E_L"), ("v_reset", "V_reset"), ("v_thresh", "V_th"),
        ("g_leak", "tau_m", "200.0/g_leak", "200.0/tau_m"), *_COND[:2], ("e_rev_I", "E_of_g_inh"),
    )  # fmt: skip
    model = CellModel(snn.LIF, exponential(True))
    recorded = {**_V, **_G}
    fixed = {"C_m": 200.0, "t_ref": 1.0, "E_of_g_exc": 0.0, "I_e": 0.0}


class IF_cond_exp_gsfa_grr(Cell, cells.IF_cond_exp_gsfa_grr):
    __doc__ = cells.IF_cond_exp_gsfa_grr.__doc__
    translations = build_translations(
        *_MEMBRANE, _LEAK, ("v_thresh", "V_th"), *_COND, ("tau_sfa", "tau_sfa"),
        ("e_rev_sfa", "E_sfa"), ("q_sfa", "q_sfa"), ("tau_rr", "tau_rr"), ("e_rev_rr", "E_rr"),
        ("q_rr", "q_rr"),
    )  # fmt: skip
    model = CellModel(snn.AdaptiveLIF, exponential(True))
    recorded = {**_V, **_G, "g_s": ("g_sfa", 1.0), "g_r": ("g_rr", 1.0)}


class Upswing(Cell):
    """Adaptive cells with an exponential upswing, or without one where ``delta_T`` is 0."""

    recorded = {**_V, **_G, "w": ("w", CURRENT_UNIT)}

    def running(self, native: Mapping[str, np.ndarray]) -> CellModel:
        """See `Cell`; without an upswing spikes are at the threshold."""
        flat = native["Delta_T"] == 0
        if not flat.any():
            return self.model
        if not flat.all():
            raise ValueError("distsnn: delta_T is 0 for all cells of a population or for none")
        unused = frozenset({"Delta_T", "V_peak"})
        return CellModel(AdaptiveIF, self.model.responses, unused=unused)


class EIF_cond_exp_isfa_ista(Upswing, cells.EIF_cond_exp_isfa_ista):
    __doc__ = cells.EIF_cond_exp_isfa_ista.__doc__
    translations = build_translations(*ADEX, *_COND)
    model = CellModel(snn.AdEx, exponential(True))


class EIF_cond_alpha_isfa_ista(Upswing, cells.EIF_cond_alpha_isfa_ista):
    __doc__ = cells.EIF_cond_alpha_isfa_ista.__doc__
    translations = build_translations(*ADEX, *_COND)
    model = CellModel(snn.AdEx, alpha(True))


class Izhikevich(Cell, cells.Izhikevich):
    __doc__ = cells.Izhikevich.__doc__
    translations = build_translations(
        ("a", "a"), ("b", "b"), ("c", "c"), ("d", "d"), ("i_offset", "I_e", CURRENT_UNIT)
    )
    model = CellModel(snn.Izhikevich, delta())
    recorded = {**_V, "u": ("U_m", 1.0)}


class HH_cond_exp(Cell, cells.HH_cond_exp):
    __doc__ = cells.HH_cond_exp.__doc__
    translations = build_translations(
        ("gbar_Na", "g_Na", CURRENT_UNIT), ("gbar_K", "g_K", CURRENT_UNIT),
        ("g_leak", "g_L", CURRENT_UNIT), ("cm", "C_m", CURRENT_UNIT), ("v_offset", "V_T"),
        ("e_rev_Na", "E_Na"), ("e_rev_K", "E_K"),
        ("e_rev_leak", "E_L"), ("i_offset", "I_e", CURRENT_UNIT), *_COND,
    )  # fmt: skip
    model = CellModel(snn.HH, exponential(True))
    recorded = {**_V, **_G, "m": ("m", 1.0), "h": ("h", 1.0), "n": ("n", 1.0)}
    recordable = ["spikes", "v", "gsyn_exc", "gsyn_inh", "m", "h", "n"]
    fixed = {"t_ref": 2.0}


class GIF_cond_exp(Cell, cells.GIF_cond_exp):
    __doc__ = cells.GIF_cond_exp.__doc__
    translations = build_translations(
        *_MEMBRANE, _LEAK, *_COND, ("delta_v", "Delta_V"), ("v_t_star", "V_T_star"),
        ("lambda0", "lambda_0", 0.001), ("tau_eta", "tau_eta"), ("tau_gamma", "tau_gamma"),
        ("a_eta", "a_eta", CURRENT_UNIT), ("a_gamma", "a_gamma"),
    )  # fmt: skip
    model = CellModel(GIF3, exponential(True))
    recorded = {**_V, **_G, "i_eta": ("i_eta", CURRENT_UNIT), "v_t": ("v_t", 1.0)}

    def expanded(self, native: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """See `Cell`; the three values of a parameter have names of their own."""
        found: dict[str, np.ndarray] = {}
        for name, values in native.items():
            if name in {"tau_eta", "tau_gamma", "a_eta", "a_gamma"}:
                of_three = np.array([_three(name, value) for value in values])
                found |= {f"{name}_{k}": of_three[:, k] for k in range(3)}
            else:
                found[name] = values
        return found


def _three(name: str, value: ArrayParameter) -> np.ndarray:
    """The values of an array parameter."""
    found: np.ndarray = np.asarray(value.value, dtype=float)
    if found.shape != (3,):
        raise ValueError(f"distsnn: {name} of GIF_cond_exp has three values, not {found.size}")
    return found
