"""Cortical microcircuit: four layers under 1 mm^2 of cortex (Potjans & Diesmann 2014).

Potjans TC, Diesmann M (2014). The cell-type specific cortical microcircuit: relating
structure and activity in a full-scale spiking network model. Cerebral Cortex 24:785-806.
At full scale 77,169 neurons and 298.9 million synapses. Smaller networks keep the rates as
van Albada SJ, Helias M, Diesmann M (2015), PLoS Comput Biol 11:e1004490, describe.
The values stand in ``microcircuit.toml``.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np

import distsnn as snn
from distsnn import Hz, ms, mV, pA, pF
from distsnn.errors import ParameterError

MODEL = tomllib.loads(Path(__file__).with_name("microcircuit.toml").read_text(encoding="utf-8"))
POPULATIONS = MODEL["populations"]
DURATION = 1500 * ms
# The report leaves out the beginning.
TRANSIENT = 500 * ms


def network(
    *,
    scale: float = 0.1,  # number of neurons, as a fraction of the full network's
    k_scale: float | None = None,  # number of inputs per neuron, likewise; default: as scale
    background: str = "poisson",  # "poisson" or "dc": the same mean input as a constant current
    dt: float = 0.1 * ms,  # time step
    seed: int = 1,  # seed of all random numbers
) -> snn.Network:
    """Build the network."""
    k_scale = scale if k_scale is None else k_scale
    if not 0 < scale <= 1 or not 0 < k_scale <= 1:
        raise ParameterError(
            "microcircuit", f"scale={scale:g}, k_scale={k_scale:g}", "both lie in (0, 1]"
        )
    if background not in ("poisson", "dc"):
        raise ParameterError(
            "microcircuit", f"background={background!r}", "it is 'poisson' or 'dc'"
        )
    neuron, rules = MODEL["neuron"], MODEL["connections"]
    tau_syn = neuron["tau_syn_ms"] * ms
    # With fewer inputs each of them is stronger, so that the input's variance stays.
    stronger = 1 / np.sqrt(k_scale)
    weights = mean_weights()
    weight_ext = psc_of_psp(MODEL["connections"]["psp_mV"] * mV) * pA
    background_current = tau_syn * weight_ext * external_rates()

    psc = snn.Exponential(tau=tau_syn, output=snn.CUBA())
    cells: list[snn.NeuronGroup] = []
    inputs: list[snn.PoissonInput] = []
    projections: list[snn.Synapses] = []
    for k, name in enumerate(POPULATIONS):
        # A constant current replaces the part of the mean input that the variance costs.
        current = (1 - 1 / stronger) * tau_syn * recurrent_input(weights)[k]
        current += background_current[k] * (1 if background == "dc" else 1 - 1 / stronger)
        group = snn.NeuronGroup(
            max(1, round(MODEL["sizes"][k] * scale)),
            snn.LIF(
                C_m=neuron["C_m_pF"] * pF,
                tau_m=neuron["tau_m_ms"] * ms,
                E_L=neuron["E_L_mV"] * mV,
                V_th=neuron["V_th_mV"] * mV,
                V_reset=neuron["V_reset_mV"] * mV,
                t_ref=neuron["t_ref_ms"] * ms,
                I_e=current,
            ),
            name=name,
        )
        initial = MODEL["initial"]
        group.V_m = snn.Normal(initial["V_m_mean_mV"][k] * mV, initial["V_m_std_mV"][k] * mV)
        cells.append(group)
        if background == "poisson":
            number = round(MODEL["background"]["indegree"][k] * k_scale)
            rate = MODEL["background"]["rate_Hz"] * Hz
            inputs.append(
                snn.PoissonInput(
                    group, psc, N=number, rate=rate, weight=weight_ext * stronger, name=f"to_{name}"
                )
            )

    synapses = number_of_synapses()
    for t, target in enumerate(POPULATIONS):
        for s, source in enumerate(POPULATIONS):
            number = round(synapses[t, s] * scale * k_scale)
            if number == 0:
                continue
            weight = weights[t, s] * stronger
            spread = rules["weight_rel_std"] * abs(weight)
            excitatory = weight > 0
            delay = (rules["delay_exc_ms"] if excitatory else rules["delay_inh_ms"]) * ms
            projection = snn.Synapses(
                cells[s],
                cells[t],
                psc,
                # Drawn again where the sign would change.
                weight=snn.Normal(weight, spread, low=0) if excitatory
                else snn.Normal(weight, spread, high=0),
                # Half a step is rounded up to one.
                delay=snn.Normal(delay, rules["delay_rel_std"] * delay, low=dt / 2),
                name=f"{source}_to_{target}",
            )  # fmt: skip
            projection.connect(snn.FixedTotalNumber(number))
            projections.append(projection)
    return snn.Network(*cells, *inputs, *projections, dt=dt, seed=seed)


def number_of_synapses() -> np.ndarray:
    """Synapses of the full network, float64[target, source], from connection probabilities."""
    sizes = np.array(MODEL["sizes"], float)
    pairs = np.outer(sizes, sizes)
    return np.log1p(-np.array(MODEL["connections"]["probability"])) / np.log1p(-1 / pairs)


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
    peak_time = np.log(tau_m / tau_syn) / (1 / tau_syn - 1 / tau_m)
    per_current = (np.exp(-peak_time / tau_m) - np.exp(-peak_time / tau_syn)) / (
        C_m * (1 / tau_syn - 1 / tau_m)
    )
    return float(psp / per_current)


def recurrent_input(weights: np.ndarray) -> np.ndarray:
    """Sum up weights times published rates in the full network, float64[target] (pA/ms)."""
    indegrees = number_of_synapses() / np.array(MODEL["sizes"])[:, np.newaxis]
    return (indegrees * weights) @ (np.array(MODEL["expected"]["rates_published_Hz"]) * Hz)


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
