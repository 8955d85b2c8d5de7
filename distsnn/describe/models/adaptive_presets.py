"""Neuron models of the package whose threshold, currents or conductances follow their spikes."""

from __future__ import annotations

from distsnn.describe.models.neuron_model import NeuronModel
from distsnn.describe.models.neuron_presets import REFRACTORY
from distsnn.describe.models.parameters import NONNEGATIVE, POSITIVE, Parameter


class MAT(NeuronModel):
    r"""Leaky neuron without reset and with a threshold of two time scales.

    .. math:: C_m dV_m/dt = -\frac{C_m}{\tau_m} (V_m - E_L) + I_e + \sum I_{syn}, \qquad
        dV_k/dt = -V_k/\tau_k, \quad k = 1, 2

    A neuron with ``V_m >= omega + V_th_1 + V_th_2`` spikes, at most once in `t_ref`: `alpha_1` and
    `alpha_2` are added to the two parts of the threshold, and the potential goes on.

    Notes
    -----
    Variables ``V_m``, ``V_th_1``, ``V_th_2`` (mV). ``"exact"`` takes receptors with currents; with
    two receptors ``Exponential`` it is NEST's ``mat2_psc_exp``. Kobayashi et al. 2009, Front.
    Comput. Neurosci. 3:9.
    """

    C_m = Parameter(100.0, "pF", POSITIVE, "Membrane capacitance.")
    tau_m = Parameter(5.0, "ms", POSITIVE, "Membrane time constant.")
    E_L = Parameter(-70.0, "mV", doc="Resting potential.")
    omega = Parameter(-51.0, "mV", doc="Threshold at rest.")
    tau_1 = Parameter(10.0, "ms", POSITIVE, "First time constant of the threshold.")
    tau_2 = Parameter(200.0, "ms", POSITIVE, "Second time constant of the threshold.")
    alpha_1 = Parameter(37.0, "mV", doc="First jump of the threshold.")
    alpha_2 = Parameter(2.0, "mV", doc="Second jump of the threshold.")
    t_ref = Parameter(2.0, "ms", NONNEGATIVE, "Time in which there is no second spike.")
    I_e = Parameter(0.0, "pA", doc="Constant current.")
    equations = """
    dV_m/dt = (E_L - V_m)/tau_m + (I_e + I_receptors)/C_m : volt
    dV_th_1/dt = -V_th_1/tau_1 : volt
    dV_th_2/dt = -V_th_2/tau_2 : volt
    """
    threshold = "V_m >= omega + V_th_1 + V_th_2"
    reset = "V_th_1 += alpha_1; V_th_2 += alpha_2"
    refractory = REFRACTORY
    method = "exact"
    start = {"V_m": "E_L"}


class AdaptiveLIF(NeuronModel):
    r"""Leaky neuron with two conductances that its spikes open.

    .. math:: C_m dV_m/dt = -g_L (V_m - E_L) - g_{sfa} (V_m - E_{sfa}) - g_{rr} (V_m - E_{rr})
        + I_e + \sum I_{syn}

    A neuron with ``V_m >= V_th`` spikes: ``V_m`` is set to `V_reset`, and `q_sfa` and `q_rr` are
    added to the conductances of spike-frequency adaptation and of the relative refractory period,
    which decay exponentially.

    Notes
    -----
    Variables ``V_m`` (mV), ``g_sfa``, ``g_rr`` (nS). With two receptors `Exponential` and `COBA` it
    is NEST's ``iaf_cond_exp_sfa_rr``, but for rare spikes that are a step aside. Muller et al.
    2007, Neural Comput. 19:2958-3010.
    """

    C_m = Parameter(289.5, "pF", POSITIVE, "Membrane capacitance.")
    g_L = Parameter(28.95, "nS", POSITIVE, "Leak conductance.")
    E_L = Parameter(-70.0, "mV", doc="Resting potential.")
    V_th = Parameter(-57.0, "mV", doc="Threshold.")
    V_reset = Parameter(-70.0, "mV", doc="Reset.")
    E_sfa = Parameter(-70.0, "mV", doc="Reversal potential of adaptation.")
    E_rr = Parameter(-70.0, "mV", doc="Reversal potential of the relative refractory period.")
    tau_sfa = Parameter(110.0, "ms", POSITIVE, "Time constant of adaptation.")
    tau_rr = Parameter(1.97, "ms", POSITIVE, "Time constant of the relative refractory period.")
    q_sfa = Parameter(14.48, "nS", NONNEGATIVE, "Jump of the conductance of adaptation.")
    q_rr = Parameter(3214.0, "nS", NONNEGATIVE, "Jump of that of the refractory period.")
    t_ref = Parameter(0.5, "ms", NONNEGATIVE, "Refractory period, in which ``V_m`` stands still.")
    I_e = Parameter(0.0, "pA", doc="Constant current.")
    equations = """
    dV_m/dt = (g_L*(E_L - V_m) + g_sfa*(E_sfa - V_m) + g_rr*(E_rr - V_m)
               + I_e + I_receptors)/C_m : volt (unless refractory)
    dg_sfa/dt = -g_sfa/tau_sfa : siemens
    dg_rr/dt = -g_rr/tau_rr : siemens
    """
    threshold = "V_m >= V_th"
    reset = "V_m = V_reset; g_sfa += q_sfa; g_rr += q_rr"
    refractory = REFRACTORY
    method = "exponential_midpoint"
    start = {"V_m": "E_L"}


class GIF(NeuronModel):
    r"""Generalized integrate-and-fire neuron, which spikes by chance.

    .. math:: C_m dV_m/dt = -g_L (V_m - E_L) - \sum_k I_k + I_e + \sum I_{syn}, \qquad
        \lambda = \lambda_0 \exp\frac{V_m - V_{T*} - \sum_k V_k}{\Delta_V}

    A neuron spikes in a step with probability 1 - exp(-lambda dt). Then ``V_m`` is set to
    `V_reset`, and its currents and the parts of its threshold jump; each decays with a time
    constant of its own.

    Notes
    -----
    Variables ``V_m``, ``V_sfa_1``, ``V_sfa_2`` (mV), ``I_stc_1``, ``I_stc_2`` (pA). The law is that
    of NEST's ``gif_psc_exp`` and ``gif_cond_exp`` with at most two elements each, where `lambda_0`
    is in 1/s. Mensi et al. 2012, J. Neurophysiol. 107:1756-1775; Pozzorini et al. 2015, PLoS
    Comput. Biol. 11:e1004275.
    """

    C_m = Parameter(80.0, "pF", POSITIVE, "Membrane capacitance.")
    g_L = Parameter(4.0, "nS", POSITIVE, "Leak conductance.")
    E_L = Parameter(-70.0, "mV", doc="Resting potential.")
    V_reset = Parameter(-55.0, "mV", doc="Reset.")
    V_T_star = Parameter(-35.0, "mV", doc="Threshold at rest.")
    Delta_V = Parameter(0.5, "mV", POSITIVE, "Width of the threshold.")
    lambda_0 = Parameter(0.001, "1/ms", NONNEGATIVE, "Rate of spikes at the threshold.")
    tau_sfa_1 = Parameter(100.0, "ms", POSITIVE, "First time constant of the threshold.")
    tau_sfa_2 = Parameter(100.0, "ms", POSITIVE, "Second time constant of the threshold.")
    q_sfa_1 = Parameter(0.0, "mV", doc="First jump of the threshold.")
    q_sfa_2 = Parameter(0.0, "mV", doc="Second jump of the threshold.")
    tau_stc_1 = Parameter(100.0, "ms", POSITIVE, "First time constant of the currents.")
    tau_stc_2 = Parameter(100.0, "ms", POSITIVE, "Second time constant of the currents.")
    q_stc_1 = Parameter(0.0, "pA", doc="First jump of the currents.")
    q_stc_2 = Parameter(0.0, "pA", doc="Second jump of the currents.")
    t_ref = Parameter(4.0, "ms", NONNEGATIVE, "Refractory period, in which ``V_m`` stands still.")
    I_e = Parameter(0.0, "pA", doc="Constant current.")
    equations = """
    dV_m/dt = (g_L*(E_L - V_m) - I_stc_1 - I_stc_2
               + I_e + I_receptors)/C_m : volt (unless refractory)
    dV_sfa_1/dt = -V_sfa_1/tau_sfa_1 : volt
    dV_sfa_2/dt = -V_sfa_2/tau_sfa_2 : volt
    dI_stc_1/dt = -I_stc_1/tau_stc_1 : amp
    dI_stc_2/dt = -I_stc_2/tau_stc_2 : amp
    hazard = lambda_0*exp((V_m - V_T_star - V_sfa_1 - V_sfa_2)/Delta_V) : Hz
    """
    threshold = "rand() < -expm1(-hazard*dt)"
    reset = """
    V_m = V_reset
    V_sfa_1 += q_sfa_1; V_sfa_2 += q_sfa_2
    I_stc_1 += q_stc_1; I_stc_2 += q_stc_2
    """
    refractory = REFRACTORY
    method = "exponential_midpoint"
    start = {"V_m": "E_L"}
