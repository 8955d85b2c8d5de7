"""NEST's neurons with thresholds that spikes raise, ``gif_*`` and ``mat2_psc_exp``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from distsnn.describe.models.adaptive_presets import GIF, MAT
from distsnn.describe.models.parameters import NONNEGATIVE, Parameter
from distsnn.describe.models.receptors.exponential_receptor import Exponential
from distsnn.describe.models.receptors.receptor import Receptor, ReceptorNames
from distsnn.errors import ParameterError
from distsnn.nest_models.cell_model import (
    CONDUCTANCES,
    CURRENTS,
    TAU,
    TAU_G,
    CellModel,
    Make,
    NeuronKind,
    Parameters,
    cell,
    columns_of,
    conductance_ports,
    conductances,
    current_ports,
    currents,
    defaults_of,
    given_to,
    same,
)


class MATWithThreshold(MAT):
    """`MAT` whose threshold can be recorded."""

    equations = f"{MAT.equations}\nV_th = omega + V_th_1 + V_th_2 : volt"


def _mat(p: Parameters) -> CellModel:
    model = MATWithThreshold(**given_to(MATWithThreshold, p))
    return cell(model, p, currents(Exponential, p), {"V_m": p["V_m"]})


class GIFOfSteps(GIF):
    """`GIF` whose currents and threshold are those of the beginning of each step, as in NEST."""

    # In Hz.
    lambda_0 = Parameter(1.0, bound=NONNEGATIVE)

    equations = """
    dV_m/dt = (g_L*(E_L - V_m) - I_stc + I_e + I_receptors)/C_m : volt (unless refractory)
    dV_sfa_1/dt = -V_sfa_1/tau_sfa_1 : volt
    dV_sfa_2/dt = -V_sfa_2/tau_sfa_2 : volt
    dI_stc_1/dt = -I_stc_1/tau_stc_1 : amp
    dI_stc_2/dt = -I_stc_2/tau_stc_2 : amp
    E_sfa = V_T_star + V_sfa_1 + V_sfa_2 : volt (constant over dt)
    I_stc = I_stc_1 + I_stc_2 : amp (constant over dt)
    hazard = lambda_0/second*exp((V_m - E_sfa)/Delta_V) : Hz
    """
    # The potential is reset while the neuron is refractory, and not at all if it never is.
    reset = GIF.reset.replace(
        "V_m = V_reset", "V_m = int(t_ref > 0*ms)*V_reset + int(t_ref <= 0*ms)*V_m"
    )


class Arrived(Exponential):
    """`Exponential` that acts on the potential in the step in which events arrive.

    Its variable is the current of the step to come; that of the last one can be recorded.
    """

    before_threshold: ClassVar[bool] = True

    def lines(self, names: ReceptorNames) -> list[str]:
        """See `Receptor`."""
        x, tau = names.acting, names.parameters["tau"]
        return [*super().lines(names), f"arrived_{x} = {x}*exp(dt/{tau}) : amp"]

    def content(self) -> tuple[object, ...]:
        """Everything that defines the receptor, for the digest."""
        return ("Arrived", *super().content())


def _gif(
    receptors: Callable[[Parameters], tuple[Receptor, ...]], method: str, by_port: bool = False
) -> Make:
    """Maker of neurons that spike by chance, with some receptors."""

    def make(p: Parameters) -> CellModel:
        given = given_to(GIFOfSteps, p)
        for kind in ("sfa", "stc"):
            times, jumps = columns_of(p, f"tau_{kind}"), columns_of(p, f"q_{kind}")
            if len(times) != len(jumps) or len(times) > 2:
                raise ParameterError(
                    "gif",
                    f"tau_{kind} has {len(times)} values, and q_{kind} {len(jumps)}",
                    "there are two at the most, one of each",
                    "leave some out",
                )
            for k, (tau, q) in enumerate(zip(times, jumps, strict=True), 1):
                given |= {f"tau_{kind}_{k}": tau, f"q_{kind}_{k}": q}
        model = GIFOfSteps(method=method, **given)
        return cell(model, p, receptors(p), {"V_m": p["V_m"]}, by_port)

    return make


_PARAMETERS = {
    "C_m": 80.0,
    "Delta_V": 0.5,
    "E_L": -70.0,
    "I_e": 0.0,
    "V_T_star": -35.0,
    "V_m": -70.0,
    "V_reset": -55.0,
    "g_L": 4.0,
    "lambda_0": 1.0,
    "q_sfa": (),
    "q_stc": (),
    "tau_sfa": (),
    "tau_stc": (),
    "t_ref": 4.0,
    "tau_minus": 20.0,
}
_TAU_SYN = {"tau_syn_ex": 2.0, "tau_syn_in": 2.0}
_LISTS = ("q_sfa", "q_stc", "tau_sfa", "tau_stc", "tau_minus")
_STATES = same("V_m", "E_sfa", "I_stc")

THRESHOLDS: Mapping[str, NeuronKind] = {
    "gif_psc_exp": NeuronKind(
        {**_PARAMETERS, **_TAU_SYN},
        _LISTS,
        _gif(lambda p: currents(Arrived, p), "exact"),
        {**_STATES, **{name: f"arrived_{name}" for name in ("I_syn_ex", "I_syn_in")}},
        TAU,
    ),
    "gif_cond_exp": NeuronKind(
        {**_PARAMETERS, **_TAU_SYN, "E_ex": 0.0, "E_in": -85.0},
        (*_LISTS, "E_ex", "E_in"),
        _gif(lambda p: conductances(Exponential, p), "rkf45"),
        {**_STATES, **CONDUCTANCES},
        TAU_G,
    ),
    "gif_psc_exp_multisynapse": NeuronKind(
        {**_PARAMETERS, "tau_syn": (2.0,)},
        _LISTS,
        _gif(lambda p: current_ports(Exponential, p), "exact", True),
        _STATES,
    ),
    "gif_cond_exp_multisynapse": NeuronKind(
        {**_PARAMETERS, "tau_syn": (2.0,), "E_rev": (0.0,)},
        (*_LISTS, "E_rev"),
        _gif(
            lambda p: conductance_ports("gif_cond_exp_multisynapse", Exponential, p), "rkf45", True
        ),
        _STATES,
    ),
    "mat2_psc_exp": NeuronKind(
        {
            **defaults_of(MAT),
            "V_m": -70.0,
            "tau_syn_ex": 1.0,
            "tau_syn_in": 3.0,
            "tau_minus": 20.0,
        },
        ("tau_minus",),
        _mat,
        {**CURRENTS, "V_th": "V_th"},
        TAU,
    ),
}
