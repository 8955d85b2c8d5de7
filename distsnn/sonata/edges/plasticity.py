"""Plasticity that models of synapses of a circuit stand for."""

from __future__ import annotations

from dataclasses import dataclass

from distsnn.describe.synapses.short_term import AFTER, BEFORE, STP
from distsnn.describe.synapses.spike_timing import IGNORE, SpikeTiming
from distsnn.describe.synapses.stdp import GUETIG, STDP
from distsnn.errors import DistsnnError, ParameterError
from distsnn.sonata.edges.edge_types import EdgeTypes

# So short that nothing is left of facilitation a step later.
_NO_TIME = 1e-9


@dataclass(frozen=True, eq=False)
class Plasticity:
    """The plasticity of a projection.

    Attributes
    ----------
    stp : STP or None
    stdp : SpikeTiming or None
        All of the delay is then dendritic, as in NEST.
    """

    stp: STP | None = None
    stdp: SpikeTiming | None = None


def plasticity_of(types: EdgeTypes, row: int, tau_minus: float) -> Plasticity:
    """The plasticity of a type of edges; `tau_minus` (ms) is that of the targets.

    Raises FileError if a parameter has a value that cannot be.
    """
    model = types.model[row]
    p = dict(model.parameters)
    try:
        if model.name == "stdp_synapse":
            return Plasticity(stdp=_spike_timing(p, tau_minus))
        if model.name == "tsodyks2_synapse":
            return Plasticity(_short_term(p))
    except DistsnnError as error:
        raise types.table.refused(
            row, "dynamics_params", f"parameters of {model.name} have to fit: {error}"
        ) from error
    return Plasticity()


def _spike_timing(p: dict[str, float], tau_minus: float) -> STDP:
    rate, bound = p["lambda"], p["Wmax"]
    return STDP(
        rate,
        p["alpha"] * rate,
        tau_plus=p["tau_plus"],
        tau_minus=tau_minus,
        w_min=min(bound, 0.0),
        w_max=max(bound, 0.0),
        dependence=GUETIG,
        mu_plus=p["mu_plus"],
        mu_minus=p["mu_minus"],
        coincidence=IGNORE,
        transmits=AFTER,
    )


def _short_term(p: dict[str, float]) -> STP:
    if p["u"] != p["U"] or p["x"] != 1.0:
        raise ParameterError(
            "tsodyks2_synapse",
            f"u={p['u']:g} and x={p['x']:g} for the first spike, with U={p['U']:g}",
            "the first spike has u=U and x=1",
            "give u as U",
        )
    tau_f = p["tau_fac"] or _NO_TIME
    return STP(U=p["U"], tau_f=tau_f, tau_d=p["tau_rec"], u=AFTER, x=BEFORE, u_0=0.0)
