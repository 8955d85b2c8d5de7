"""Cortical microcircuit: four layers under 1 mm^2 of cortex (Potjans & Diesmann 2014).

Potjans TC, Diesmann M (2014). The cell-type specific cortical microcircuit: relating
structure and activity in a full-scale spiking network model. Cerebral Cortex 24:785-806.
At full scale 77,169 neurons and 298.9 million synapses. Smaller networks keep the rates as
van Albada SJ, Helias M, Diesmann M (2015), PLoS Comput Biol 11:e1004490, describe.
The values stand in ``microcircuit.toml``.
"""

from __future__ import annotations

import math
import tomllib
from pathlib import Path

import numpy as np

import distsnn as snn
from distsnn import Hz, ms, mV, pF

MODEL = tomllib.loads(Path(__file__).with_name("microcircuit.toml").read_text(encoding="utf-8"))
POPULATIONS = MODEL["populations"]
DURATION = 1500 * ms
# The report leaves out the beginning.
TRANSIENT = 500 * ms


def network(
    *,
    scale: float = 0.1,  # number of neurons, as a fraction of the full network's
    k_scale: float | None = None,  # number of inputs of a neuron, likewise; default: sqrt(scale)
    background: str = "poisson",  # "poisson" or "dc": the same mean input as a constant current
    dt: float = 0.1 * ms,  # time step
    weight_bits: int = 32,  # bits of a weight; with 16 the network takes a third less memory
    seed: int = 1,  # seed of all random numbers
) -> snn.Network:
    """Build the network."""
    if k_scale is None:
        # With k_scale = scale = 0.1 each input would be so strong that rates fall by up to half.
        k_scale = max(scale, 0.0) ** 0.5
    if not 0 < scale <= 1 or not 0 < k_scale <= 1:
        raise snn.ParameterError(
            "microcircuit", f"scale={scale:g}, k_scale={k_scale:g}", "both lie in (0, 1]"
        )
    if background not in ("poisson", "dc"):
        raise snn.ParameterError(
            "microcircuit", f"background={background!r}", "it is 'poisson' or 'dc'"
        )
    psc = snn.Exponential(tau=MODEL["neuron"]["tau_syn_ms"] * ms, output=snn.CUBA())
    # With fewer inputs each of them is stronger, so that the input's variance stays.
    stronger = 1 / np.sqrt(k_scale)
    currents = constant_currents(k_scale, background)
    cells = [neurons(k, scale, currents[k]) for k in range(len(POPULATIONS))]
    inputs: list[snn.PoissonInput] = []
    if background == "poisson":
        inputs = [
            snn.PoissonInput(
                group,
                psc,
                N=round(MODEL["background"]["indegree"][k] * k_scale),
                rate=MODEL["background"]["rate_Hz"] * Hz,
                weight=psc_of_psp(MODEL["connections"]["psp_mV"] * mV) * stronger,
                name=f"to_{group.name}",
            )
            for k, group in enumerate(cells)
        ]
    projections = []
    numbers, weights = number_of_synapses(), mean_weights() * stronger
    for t, target in enumerate(cells):
        for s, source in enumerate(cells):
            number = round(numbers[t, s] * scale * k_scale)
            if number > 0:
                made = synapses(source, target, psc, weights[t, s], dt, weight_bits)
                made.connect(snn.FixedTotalNumber(number))
                projections.append(made)
    return snn.Network(*cells, *inputs, *projections, dt=dt, seed=seed)


def neurons(k: int, scale: float, current: float) -> snn.NeuronGroup:
    """Make population `k`, with a constant `current` (pA)."""
    values, initial = MODEL["neuron"], MODEL["initial"]
    model = snn.LIF(
        C_m=values["C_m_pF"] * pF,
        tau_m=values["tau_m_ms"] * ms,
        E_L=values["E_L_mV"] * mV,
        V_th=values["V_th_mV"] * mV,
        V_reset=values["V_reset_mV"] * mV,
        t_ref=values["t_ref_ms"] * ms,
        I_e=current,
    )
    group = snn.NeuronGroup(max(1, round(MODEL["sizes"][k] * scale)), model, name=POPULATIONS[k])
    group.V_m = snn.Normal(initial["V_m_mean_mV"][k] * mV, initial["V_m_std_mV"][k] * mV)
    return group


def synapses(
    source: snn.NeuronGroup,
    target: snn.NeuronGroup,
    psc: snn.Exponential,
    weight: float,
    dt: float,
    weight_bits: int,
) -> snn.Synapses:
    """Make synapses with the given mean `weight` (pA)."""
    rules = MODEL["connections"]
    spread = rules["weight_rel_std"] * abs(weight)
    # Drawn again where the sign would change.
    if weight > 0:
        weights, delay = snn.Normal(weight, spread, low=0), rules["delay_exc_ms"] * ms
    else:
        weights, delay = snn.Normal(weight, spread, high=0), rules["delay_inh_ms"] * ms
    # Half a step is rounded up to one.
    delays = snn.Normal(delay, rules["delay_rel_std"] * delay, low=dt / 2)
    name = f"{source.name}_to_{target.name}"
    return snn.Synapses(
        source, target, psc, weight=weights, delay=delays, weight_bits=weight_bits, name=name
    )


def constant_currents(k_scale: float, background: str) -> np.ndarray:
    """Current to each neuron, float64[population] (pA).

    It replaces the part of the full network's mean input that stronger but fewer inputs do not
    bring, and all of the background if that is constant.
    """
    external = external_rates() * psc_of_psp(MODEL["connections"]["psp_mV"] * mV)
    lost = 1 - np.sqrt(k_scale)
    rates = lost * recurrent_input() + (1 if background == "dc" else lost) * external
    return MODEL["neuron"]["tau_syn_ms"] * ms * rates


def number_of_synapses() -> np.ndarray:
    """Synapses of the full network, float64[target, source], from connection probabilities."""
    sizes = np.array(MODEL["sizes"], float)
    pairs = np.outer(sizes, sizes)
    # Not log1p: the published numbers have this formula's rounding errors, two synapses in all.
    log = np.vectorize(math.log)
    return np.asarray(log(1 - np.array(MODEL["connections"]["probability"])) / log(1 - 1 / pairs))


def mean_weights() -> np.ndarray:
    """Mean weights of the full network, float64[target, source] (pA)."""
    rules = MODEL["connections"]
    excitatory = psc_of_psp(rules["psp_mV"] * mV)
    inhibitory = rules["inhibitory_factor"] * excitatory
    by_source = [excitatory if name.endswith("E") else inhibitory for name in POPULATIONS]
    weights = np.tile(by_source, (len(POPULATIONS), 1))
    weights[POPULATIONS.index("L23E"), POPULATIONS.index("L4E")] *= rules["L4E_to_L23E_factor"]
    return weights


def psc_of_psp(psp: float) -> float:
    """Peak current (pA) that gives a postsynaptic potential with the peak `psp` (mV)."""
    C_m = MODEL["neuron"]["C_m_pF"] * pF
    tau_m = MODEL["neuron"]["tau_m_ms"] * ms
    tau_syn = MODEL["neuron"]["tau_syn_ms"] * ms
    peak_time = math.log(tau_m / tau_syn) / (1 / tau_syn - 1 / tau_m)
    per_current = (math.exp(-peak_time / tau_m) - math.exp(-peak_time / tau_syn)) / (
        C_m * (1 / tau_syn - 1 / tau_m)
    )
    return float(psp / per_current)


def recurrent_input() -> np.ndarray:
    """Sum up weights times published rates in the full network, float64[target] (pA/ms)."""
    indegrees = number_of_synapses() / np.array(MODEL["sizes"])[:, np.newaxis]
    rates = np.array(MODEL["expected"]["rates_published_Hz"]) * Hz
    return np.asarray((indegrees * mean_weights() * rates).sum(axis=1))


def external_rates() -> np.ndarray:
    """Rate of all background spikes to one neuron of the full network, float64[target] (1/ms)."""
    return np.array(MODEL["background"]["indegree"]) * MODEL["background"]["rate_Hz"] * Hz


def report(network: snn.Network, spikes: snn.SpikeFile) -> str:
    """Compare the rates with the published ones."""
    del network
    start = spikes.header.start + min(TRANSIENT, spikes.header.duration / 3)
    lines = [
        f"rates after {start:g} ms beside the published ones (full scale):",
        "population  neurons  rate (Hz)  published  deviation  CV of intervals",
    ]
    published = dict(zip(POPULATIONS, MODEL["expected"]["rates_published_Hz"], strict=True))
    for one in spikes.statistics(start):
        rate, expected = one.mean_rate / Hz, published[one.name]
        lines.append(
            f"{one.name:<10}  {one.size:7d}  {rate:9.3f}  {expected:9.3f}  "
            f"{rate / expected - 1:+9.1%}  {one.mean_cv:15.2f}"
        )
    return "\n".join(lines)
