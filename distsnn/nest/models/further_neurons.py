"""NEST's neurons with difference-of-exponentials conductances, several ports, and GLIF."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from distsnn.describe.models.neuron_model import NeuronModel
from distsnn.describe.models.neuron_presets import AdEx
from distsnn.describe.models.parameters import POSITIVE, Parameter
from distsnn.describe.models.receptors.exponential_receptor import Exponential
from distsnn.describe.models.receptors.outputs import COBA
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.errors import ParameterError
from distsnn.nest.models.neuron_kinds import (
    ADEX,
    GIF_PARAMETERS,
    GIF_STATES,
    LISTS,
    AdaptiveAdEx,
    NeuronKind,
    columns_of,
    gif_maker,
    given_to,
)
from distsnn.sonata.glif import FLAGS
from distsnn.sonata.models import MODELS, CellModel, Parameters

_glif_classes: dict[type[NeuronModel], type[NeuronModel]] = {}


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
        decay = np.where(np.abs(decay - rise) < 1e-6 * rise, rise * (1 + 1e-6), decay)
        peak = np.log(decay / rise) * rise * decay / (decay - rise)
        # The response of a scale of 1.
        height = decay / (decay - rise) * (np.exp(-peak / decay) - np.exp(-peak / rise))
        values = {"tau_rise": rise, "tau_decay": decay, "scale": 1.0 / height}
        plain = {k: float(v) if v.ndim == 0 else v for k, v in values.items()}
        return cls(output=output, name=name, **plain)


def check_lengths(where: str, **lists: list[Any]) -> None:
    """Refuse lists of ports that are not of one length."""
    if len({len(values) for values in lists.values()}) > 1:
        raise ParameterError(
            where,
            ", ".join(f"{name} has {len(values)} values" for name, values in lists.items()),
            "there is one of each for every port",
            "give as many of each",
        )


def _adex_beta(p: Parameters) -> CellModel:
    lists = {name: columns_of(p, name) for name in ("E_rev", "tau_rise", "tau_decay")}
    check_lengths("aeif_cond_beta_multisynapse", **lists)
    receptors = tuple(
        Beta.of(rise, decay, COBA(float(np.max(E))), f"port_{k}")
        for k, (E, rise, decay) in enumerate(zip(*lists.values(), strict=True), 1)
    )
    start = {"V_m": p["V_m"], "w": p["w"]}
    model = AdaptiveAdEx(**given_to(AdEx, p))
    return CellModel(model, receptors, start, True, False, float(p["tau_minus"]))


def _gif_ports(p: Parameters) -> tuple[Receptor, ...]:
    taus, reversals = columns_of(p, "tau_syn"), columns_of(p, "E_rev")
    check_lengths("gif_cond_exp_multisynapse", tau_syn=taus, E_rev=reversals)
    return tuple(
        Exponential(tau, COBA(float(np.max(E))), f"port_{k}")
        for k, (tau, E) in enumerate(zip(taus, reversals, strict=True), 1)
    )


def glif_cell(p: Parameters) -> CellModel:
    """The cell of circuits, with sums that can be recorded."""
    cell = MODELS["glif_psc"].make(p)
    assert isinstance(cell.model, NeuronModel)
    kind = type(cell.model)
    if kind not in _glif_classes:
        by_spikes, currents, by_potential = (bool(p[name]) for name in FLAGS)
        names = [f"ASC_{k}" for k in range(1, 1 + len(columns_of(p, "asc_init")))]
        parts = ["V_th", *["threshold_spike"] * by_spikes, *["threshold_voltage"] * by_potential]
        lines = [
            f"ASCurrents_sum = {' + '.join(names) if currents else 'I_stim - I_stim'} : amp",
            "I_syn = I_receptors : amp",
            f"threshold = {' + '.join(parts)} : volt",
        ]
        body = {"equations": "\n".join([kind.equations, *lines]), "__module__": __name__}
        _glif_classes[kind] = type(kind.__name__, (kind,), body)
    return replace(cell, model=_glif_classes[kind](**cell.model.values))


FURTHER: Mapping[str, NeuronKind] = {
    "aeif_cond_beta_multisynapse": NeuronKind(
        {**ADEX, "E_rev": (0.0,), "tau_rise": (2.0,), "tau_decay": (20.0,)},
        ("E_rev", "tau_minus"),
        _adex_beta,
        {"V_m": "V_m", "w": "w"},
    ),
    "gif_cond_exp_multisynapse": NeuronKind(
        {**GIF_PARAMETERS, "tau_syn": (2.0,), "E_rev": (0.0,)},
        (*LISTS, "E_rev"),
        gif_maker(_gif_ports, True),
        GIF_STATES,
    ),
    "glif_psc": NeuronKind(
        MODELS["glif_psc"].defaults,
        MODELS["glif_psc"].shared,
        glif_cell,
        {
            "V_m": "V_m",
            "I": "I_stim",
            "I_syn": "I_syn",
            "threshold": "threshold",
            "ASCurrents_sum": "ASCurrents_sum",
            "threshold_spike": "threshold_spike",
            "threshold_voltage": "threshold_voltage",
        },
    ),
}
