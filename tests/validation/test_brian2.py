"""Small explicit networks agree with Brian 2, spike for spike.

How the ready models map onto Brian's equations follows from the two time steps
(docs/development/design.md), not from comparing results:

- A spike of step n is reported at n dt by both, and an event of delay d acts in step n + d
  after the threshold in both, so that delays and times are given unchanged.
- ``LIF`` holds a neuron for the r = ceil(t_ref/dt) updates after that of its spike; Brian holds it
  while n - m < int((refractory + 1e-3 dt)/dt), which is one update less for the same number.
  Hence ``refractory = (r + 1) dt``.
- ``V_m >= V_th`` is written so in Brian's threshold.
- Exact halves of a step are rounded up by distsnn; Brian rounds them after a division in
  seconds, either way. Where a delay is an exact half, Brian gets the next multiple of dt.
- ``(unless refractory)`` stands with the membrane, which holds it and makes Brian drop what
  ``v_post += w`` adds to a refractory neuron.
- ``Delta`` acts before the threshold, as in NEST: ``S.pre.when = 'before_thresholds'`` in Brian,
  which sees there the spikes of the step before, so that the delay is one step less. Without
  delay it acts after the threshold in both.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

import distsnn as snn

brian2 = pytest.importorskip("brian2")

DT = 0.1
N, N_INPUTS = 120, 40
DURATION = 400.0


@dataclass
class Synaptic:
    """Explicit synapses from `source` ("input" or "cells") to the receptor number `receptor`."""

    source: str
    receptor: int
    i: np.ndarray
    j: np.ndarray
    weight: np.ndarray
    steps: np.ndarray
    delay: np.ndarray


@dataclass
class Case:
    """Everything both simulators are given; units of distsnn."""

    parameters: dict[str, np.ndarray]
    V_m: np.ndarray
    receptors: list[tuple[float, float | None]]  # tau, E; tau = 0 stands for a delta synapse
    taus: list[np.ndarray]  # of each receptor and neuron
    input_index: np.ndarray
    input_time: np.ndarray
    synapses: list[Synaptic]


def draw_delays(rng: np.random.Generator, n: int, least: int) -> tuple[np.ndarray, np.ndarray]:
    """Delays in steps, and in ms off the grid but rounded to these, halves among them."""
    steps = rng.integers(least, 60, n)
    off = rng.uniform(-0.45, 0.45, n)
    off[rng.random(n) < 0.3] = 0.0
    half = (rng.random(n) < 0.3) & (steps > 0)
    off[half] = -0.5
    # Decimal fractions as a user writes them: 2.35, not 23.5 * 0.1.
    delay = np.array([round(float(x), 6) for x in np.maximum(steps + off, 0.0) / 10])
    return steps, delay


def draw_synapses(
    rng: np.random.Generator,
    source: str,
    receptor: int,
    n: int,
    weight: tuple[float, float],
    least: int = 0,
) -> Synaptic:
    """`n` random synapses, pairs may repeat."""
    n_source = N if source == "cells" else N_INPUTS
    steps, delay = draw_delays(rng, n, least)
    return Synaptic(
        source,
        receptor,
        rng.integers(0, n_source, n),
        rng.integers(0, N, n),
        rng.uniform(*weight, n),
        steps,
        delay,
    )


def draw_case(
    seed: int,
    receptors: list[tuple[float, float | None]],
    weights: list[tuple[str, int, int, tuple[float, float]]],
    per_neuron: bool,
) -> Case:
    """A random network; `weights` lists (source, receptor, number, range)."""
    rng = np.random.default_rng(seed)
    parameters = {
        "C_m": rng.uniform(150, 300, N),
        "tau_m": rng.uniform(8, 25, N),
        "E_L": rng.uniform(-72, -66, N),
        "V_th": rng.uniform(-52, -48, N),
        "V_reset": rng.uniform(-65, -58, N),
        "t_ref": rng.choice([0.0, 0.1, 0.55, 1.3, 2.0, 3.04, 5.0], N),
        "I_e": rng.uniform(50, 350, N),
    }
    step = np.flatnonzero(rng.random(int(DURATION / DT) * N_INPUTS) < 0.004)
    return Case(
        parameters,
        rng.uniform(-70, -50, N),
        receptors,
        [tau * (rng.uniform(0.5, 1.5, N) if per_neuron else np.ones(N)) for tau, _ in receptors],
        step % N_INPUTS,
        (step // N_INPUTS) * DT,
        [draw_synapses(rng, *given) for given in weights],
    )


def run_distsnn(case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Steps and indices of all spikes, and the last membrane potentials."""
    cells = snn.NeuronGroup(N, snn.LIF(**case.parameters), name="cells")
    cells.V_m = case.V_m
    given = snn.SpikeGeneratorGroup(N_INPUTS, case.input_index, case.input_time, name="input")
    receptors = [
        snn.Delta()
        if tau == 0
        else snn.Exponential(
            float(case.taus[k][0]) if np.ptp(case.taus[k]) == 0 else case.taus[k],
            snn.CUBA() if E is None else snn.COBA(E),
            name=f"r{k}",
        )
        for k, (tau, E) in enumerate(case.receptors)
    ]
    synapses = []
    for s in case.synapses:
        made = snn.Synapses(
            {"cells": cells, "input": given}[s.source],
            cells,
            receptors[s.receptor],
            weight=s.weight,
            delay=s.delay,
        )
        made.connect(i=s.i, j=s.j)
        synapses.append(made)
    spikes = snn.SpikeMonitor(cells)
    snn.Network(cells, given, synapses, spikes, dt=DT).run(DURATION)
    return np.rint(spikes.t / DT).astype(int), spikes.i, cells.V_m


@pytest.fixture
def brian() -> Iterator[None]:
    """Brian with interpreted numpy, which needs no compiler."""
    before = brian2.prefs.codegen.target
    brian2.prefs.codegen.target = "numpy"
    brian2.start_scope()
    yield
    brian2.prefs.codegen.target = before


def brian_equations(case: Case) -> tuple[str, str]:
    """Text of the model, and its integration method."""
    conductance = any(E is not None for _, E in case.receptors)
    currents, lines = ["I_e"], []
    for k, (tau, E) in enumerate(case.receptors):
        if tau == 0:
            continue
        # With conductances distsnn takes the mean of each receptor over the step.
        r = f"r{k}*mean{k}" if conductance else f"r{k}"
        currents.append(r if E is None else f"{r}*({E}*mV - v)")
        lines.append(f"dr{k}/dt = -r{k}/tau{k} : {'amp' if E is None else 'siemens'}")
        lines += [f"tau{k} : second (constant)", f"mean{k} : 1 (constant)"]
    lines.append(
        f"dv/dt = (E_L - v)/tau_m + ({' + '.join(currents)})/C_m : volt (unless refractory)"
    )
    lines += [
        "C_m : farad (constant)",
        "tau_m : second (constant)",
        "E_L : volt (constant)",
        "V_th : volt (constant)",
        "V_reset : volt (constant)",
        "I_e : amp (constant)",
        "held : second (constant)",
    ]
    return "\n".join(lines), "exponential_euler" if conductance else "exact"


def _slots(case: Case) -> Iterator[tuple[Synaptic, bool]]:
    """The synapses by their place in a step: whether they act before the threshold."""
    for s in case.synapses:
        if case.receptors[s.receptor][0] > 0:
            yield s, False
            continue
        for chosen, at_once in ((s.steps > 0, True), (s.steps == 0, False)):
            taken = (a[chosen] for a in (s.i, s.j, s.weight, s.steps, s.delay))
            yield Synaptic(s.source, s.receptor, *taken), at_once


def run_brian(case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same from Brian 2."""
    b = brian2
    b.defaultclock.dt = DT * b.ms
    model, method = brian_equations(case)
    cells = b.NeuronGroup(
        N,
        model,
        threshold="v >= V_th",
        reset="v = V_reset",
        refractory="held",
        method=method,
        name="cells",
    )
    units = {"C_m": b.pF, "tau_m": b.ms, "E_L": b.mV, "V_th": b.mV, "V_reset": b.mV, "I_e": b.pA}
    for name, unit in units.items():
        setattr(cells, name, case.parameters[name] * unit)
    for k, (tau, _) in enumerate(case.receptors):
        if tau > 0:
            setattr(cells, f"tau{k}", case.taus[k] * b.ms)
            setattr(cells, f"mean{k}", -np.expm1(-DT / case.taus[k]) / (DT / case.taus[k]))
    steps_held = [math.ceil(round(t / DT, 6)) for t in case.parameters["t_ref"]]
    cells.held = (np.array(steps_held) + 1) * DT * b.ms
    cells.v = case.V_m * b.mV
    given = b.SpikeGeneratorGroup(N_INPUTS, case.input_index, case.input_time * b.ms, name="input")
    objects = []
    for n, (s, at_once) in enumerate(_slots(case)):
        tau, E = case.receptors[s.receptor]
        variable, unit = (
            ("v", b.mV) if tau == 0 else (f"r{s.receptor}", b.pA if E is None else b.nS)
        )
        made = b.Synapses(
            {"cells": cells, "input": given}[s.source],
            cells,
            f"w : {'volt' if tau == 0 else 'amp' if E is None else 'siemens'}",
            on_pre=f"{variable}_post += w",
            name=f"synapses_{n}",
        )
        made.connect(i=s.i, j=s.j)
        made.w = s.weight * unit
        is_half = np.isclose(np.abs(s.delay / DT - np.floor(s.delay / DT)), 0.5, atol=1e-6)
        made.delay = np.where(is_half, s.steps * DT, s.delay) * b.ms
        if at_once:
            made.pre.when = "before_thresholds"
            made.delay = (s.steps - 1) * DT * b.ms
        objects.append(made)
    spikes = b.SpikeMonitor(cells, name="spikes")
    b.Network(cells, given, *objects, spikes).run(DURATION * b.ms)
    return (
        np.rint(np.asarray(spikes.t / b.ms) / DT).astype(int),
        np.asarray(spikes.i),
        np.asarray(cells.v / b.mV),
    )


CASES = {
    "one current": (
        [(5.0, None)],
        [("input", 0, 400, (50.0, 300.0)), ("cells", 0, 1500, (-60.0, 60.0))],
    ),
    "two currents": (
        [(3.1, None), (9.7, None)],
        [
            ("input", 0, 400, (50.0, 300.0)),
            ("cells", 0, 1200, (0.0, 60.0)),
            ("cells", 1, 800, (-80.0, 0.0)),
        ],
    ),
    "conductances": (
        [(5.0, 0.0), (10.0, -80.0)],
        [
            ("input", 0, 400, (0.5, 4.0)),
            ("cells", 0, 1200, (0.0, 0.8)),
            ("cells", 1, 800, (0.0, 3.0)),
        ],
    ),
    "conductance and current": (
        [(5.0, 0.0), (7.0, None)],
        [("input", 0, 400, (0.5, 4.0)), ("cells", 1, 1500, (-80.0, 60.0))],
    ),
    "delta": ([(0.0, None)], [("input", 0, 600, (1.0, 6.0)), ("cells", 0, 1500, (-2.0, 2.0))]),
    "delta and current": (
        [(0.0, None), (6.3, None)],
        [
            ("input", 0, 400, (1.0, 6.0)),
            ("cells", 1, 1200, (-60.0, 60.0)),
            ("cells", 0, 800, (-2.0, 2.0)),
        ],
    ),
}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", CASES)
def test_spikes_of_a_small_network(brian: None, name: str, seed: int) -> None:
    """With the second seed each neuron has time constants of its own."""
    case = draw_case(seed, *CASES[name], per_neuron=seed == 2)
    steps, index, V_m = run_distsnn(case)
    brian_steps, brian_index, brian_V = run_brian(case)
    assert steps.size > 1000
    order = np.lexsort((brian_index, brian_steps))
    np.testing.assert_array_equal(steps, brian_steps[order])
    np.testing.assert_array_equal(index, brian_index[order])
    np.testing.assert_allclose(V_m, brian_V, rtol=0, atol=1e-8)
