"""Neuron models of the package that are equations."""

from __future__ import annotations

from distsnn.describe.models.neuron_model import NeuronModel
from distsnn.describe.models.parameters import NONNEGATIVE, POSITIVE, Parameter

# Neurons stand still for the t_ref/dt updates after that of their spike, as `LIF` does; an
# expression of so many steps would hold them for one less.
REFRACTORY = "ceil(t_ref/dt - 1e-9)*dt + dt"


class AdEx(NeuronModel):
    r"""Adaptive exponential integrate-and-fire neuron.

    .. math:: C_m dV_m/dt = -g_L (V_m - E_L) + g_L \Delta_T e^{(V_m - V_{th})/\Delta_T} - w + I_e
        + \sum I_{syn}, \qquad \tau_w dw/dt = a (V_m - E_L) - w

    A neuron with ``V_m >= V_peak`` spikes: ``V_m`` is set to ``V_reset``, and `b` is added to
    ``w``. Within a step the equations see at most ``V_peak``, as in NEST.

    Notes
    -----
    Variables ``V_m`` (mV), ``w`` (pA). Brette & Gerstner 2005, J. Neurophysiol. 94:3637-3642;
    parameters of their figure 2C. NEST's ``aeif_cond_exp`` has the same equations.
    """

    C_m = Parameter(281.0, "pF", POSITIVE, "Membrane capacitance.")
    g_L = Parameter(30.0, "nS", POSITIVE, "Leak conductance.")
    E_L = Parameter(-70.6, "mV", doc="Resting potential.")
    V_th = Parameter(-50.4, "mV", doc="Threshold of the exponential.")
    V_reset = Parameter(-60.0, "mV", doc="Reset.")
    V_peak = Parameter(0.0, "mV", doc="Potential of a spike.")
    Delta_T = Parameter(2.0, "mV", POSITIVE, "Slope of the exponential.")
    a = Parameter(4.0, "nS", doc="Subthreshold adaptation.")
    b = Parameter(80.5, "pA", doc="Spike-triggered adaptation.")
    tau_w = Parameter(144.0, "ms", POSITIVE, "Time constant of adaptation.")
    t_ref = Parameter(0.0, "ms", NONNEGATIVE, "Refractory period, in which ``V_m`` stands still.")
    I_e = Parameter(0.0, "pA", doc="Constant current.")
    equations = """
    dV_m/dt = (-g_L*(V - E_L) + upswing - w + I_e + I_receptors)/C_m : volt (unless refractory)
    dw/dt = (a*(V - E_L) - w)/tau_w : amp
    upswing = g_L*Delta_T*exp((V - V_th)/Delta_T) : amp
    V = clip(V_m, -1*volt, V_peak) : volt
    """
    threshold = "V_m >= V_peak"
    reset = "V_m = V_reset; w += b"
    refractory = REFRACTORY
    method = "rk4"
    start = {"V_m": "E_L"}


class Izhikevich(NeuronModel):
    r"""Izhikevich's simple model.

    .. math:: dV_m/dt = 0.04 V_m^2 + 5 V_m + 140 - U_m + (I_e + \sum I_{syn})/C_m, \qquad
        dU_m/dt = a (b V_m - U_m)

    with ``V_m`` in mV and times in ms. A neuron with ``V_m >= V_th`` spikes: ``V_m`` is set to `c`,
    and `d` is added to ``U_m``.

    Notes
    -----
    Variables ``V_m`` (mV), ``U_m`` (mV/ms). Izhikevich 2003, IEEE Trans. Neural Networks
    14:1569-1572; regular spiking by default. NEST's consistent integration is ``"euler"`` too.
    """

    a = Parameter(0.02, "1/ms", doc="Rate of recovery.")
    b = Parameter(0.2, "1/ms", doc="Sensitivity of recovery to the potential.")
    c = Parameter(-65.0, "mV", doc="Reset.")
    d = Parameter(8.0, "volt/second", doc="What a spike adds to ``U_m``.")
    V_th = Parameter(30.0, "mV", doc="Peak of a spike.")
    I_e = Parameter(0.0, "pA", doc="Constant current.")
    C_m = Parameter(1.0, "pF", POSITIVE, "Turns currents into mV/ms; 1 pF is as published.")
    equations = """
    dV_m/dt = 0.04*V_m**2/(ms*mV) + 5*V_m/ms + 140*mV/ms - U_m + (I_e + I_receptors)/C_m : volt
    dU_m/dt = a*(b*V_m - U_m) : volt/second
    """
    threshold = "V_m >= V_th"
    reset = "V_m = c; U_m += d"
    method = "euler"
    start = {"V_m": "-65*mV", "U_m": "b*V_m"}


# Of neurons with three gates.
_GATED = """
    dV_m/dt = (g_L*(E_L - V_m) + g_Na*m**3*h*(E_Na - V_m) + g_K*n**4*(E_K - V_m)
               + I_e + I_receptors)/C_m : volt
    dm/dt = alpha_m*(1 - m) - beta_m*m : 1
    dn/dt = alpha_n*(1 - n) - beta_n*n : 1
    dh/dt = alpha_h*(1 - h) - beta_h*h : 1
"""
_GATES = {x: f"alpha_{x}/(alpha_{x} + beta_{x})" for x in "mnh"}


class HH(NeuronModel):
    r"""Hodgkin-Huxley neuron with the channels of Traub and Miles.

    .. math:: C_m dV_m/dt = -g_L (V_m - E_L) - g_{Na} m^3 h (V_m - E_{Na}) - g_K n^4 (V_m - E_K) +
        I_e + \sum I_{syn}

    A neuron with ``V_m > V_spike`` spikes, at most once in `t_ref`; nothing is reset.

    Notes
    -----
    Variables ``V_m`` (mV) and the gates ``m``, ``h``, ``n``, which start in equilibrium. Traub &
    Miles 1991, Neuronal Networks of the Hippocampus; as in benchmark 3 of Brette et al. 2007,
    J. Comput. Neurosci. 23:349-398.
    """

    C_m = Parameter(200.0, "pF", POSITIVE, "Membrane capacitance.")
    g_L = Parameter(10.0, "nS", NONNEGATIVE, "Conductance of the leak.")
    g_Na = Parameter(20_000.0, "nS", NONNEGATIVE, "Largest conductance of sodium.")
    g_K = Parameter(6_000.0, "nS", NONNEGATIVE, "Largest conductance of potassium.")
    E_L = Parameter(-60.0, "mV", doc="Reversal potential of the leak.")
    E_Na = Parameter(50.0, "mV", doc="Reversal potential of sodium.")
    E_K = Parameter(-90.0, "mV", doc="Reversal potential of potassium.")
    V_T = Parameter(-63.0, "mV", doc="Shift of the gates' curves.")
    V_spike = Parameter(-20.0, "mV", doc="What an upstroke must cross to be a spike.")
    t_ref = Parameter(3.0, "ms", NONNEGATIVE, "Time in which there is no second spike.")
    I_e = Parameter(0.0, "pA", doc="Constant current.")
    equations = f"""{_GATED}    alpha_m = 1.28/exprel((13*mV - V_m + V_T)/(4*mV))/ms : Hz
    beta_m = 1.4/exprel((V_m - V_T - 40*mV)/(5*mV))/ms : Hz
    alpha_h = 0.128*exp((17*mV - V_m + V_T)/(18*mV))/ms : Hz
    beta_h = 4/(1 + exp((40*mV - V_m + V_T)/(5*mV)))/ms : Hz
    alpha_n = 0.16/exprel((15*mV - V_m + V_T)/(5*mV))/ms : Hz
    beta_n = 0.5*exp((10*mV - V_m + V_T)/(40*mV))/ms : Hz
    """
    threshold = "V_m > V_spike"
    refractory = REFRACTORY
    method = "exponential_midpoint"
    start = {"V_m": "E_L", **_GATES}


class HodgkinHuxley(NeuronModel):
    r"""Neuron of Hodgkin and Huxley: the axon of the squid.

    .. math:: C_m dV_m/dt = -g_L (V_m - E_L) - g_{Na} m^3 h (V_m - E_{Na}) - g_K n^4 (V_m - E_K) +
        I_e + \sum I_{syn}

    A neuron spikes where the potential begins to fall from above 0 mV, at most once in `t_ref`;
    nothing is reset.

    Notes
    -----
    Variables ``V_m`` (mV) and the gates ``m``, ``h``, ``n``, which start in equilibrium at -65 mV.
    With two receptors `Alpha` it is NEST's ``hh_psc_alpha``, which has an adaptive solver. Hodgkin
    & Huxley 1952, J. Physiol. 117:500-544.
    """

    C_m = Parameter(100.0, "pF", POSITIVE, "Membrane capacitance.")
    g_L = Parameter(30.0, "nS", NONNEGATIVE, "Conductance of the leak.")
    g_Na = Parameter(12_000.0, "nS", NONNEGATIVE, "Largest conductance of sodium.")
    g_K = Parameter(3_600.0, "nS", NONNEGATIVE, "Largest conductance of potassium.")
    E_L = Parameter(-54.402, "mV", doc="Reversal potential of the leak.")
    E_Na = Parameter(50.0, "mV", doc="Reversal potential of sodium.")
    E_K = Parameter(-77.0, "mV", doc="Reversal potential of potassium.")
    t_ref = Parameter(2.0, "ms", NONNEGATIVE, "Time in which there is no second spike.")
    I_e = Parameter(0.0, "pA", doc="Constant current.")
    equations = f"""{_GATED}    alpha_m = 1/exprel(-(V_m + 40*mV)/(10*mV))/ms : Hz
    beta_m = 4*exp(-(V_m + 65*mV)/(18*mV))/ms : Hz
    alpha_h = 0.07*exp(-(V_m + 65*mV)/(20*mV))/ms : Hz
    beta_h = 1/(1 + exp(-(V_m + 35*mV)/(10*mV)))/ms : Hz
    alpha_n = 0.1/exprel(-(V_m + 55*mV)/(10*mV))/ms : Hz
    beta_n = 0.125*exp(-(V_m + 65*mV)/(80*mV))/ms : Hz
    V_before = V_m : volt (constant over dt)
    """
    threshold = "V_m >= 0*mV and V_m < V_before"
    refractory = REFRACTORY
    method = "exponential_midpoint"
    start = {"V_m": "-65*mV", **_GATES}
