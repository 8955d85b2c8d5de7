"""Recorded traces, values at spikes and smoothed rates agree with Brian 2's monitors.

How `LIF` is written as equations: see docs/development/design.md. ``t_ref`` of r steps holds a
neuron for r updates, which Brian's refractoriness of r + 1 steps does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import distsnn as snn

brian2 = pytest.importorskip("brian2")

DT, DURATION, N, N_INPUTS = 0.1, 150.0, 25, 10
WHEN = ("start", "thresholds", "end")


class Case:
    """A random explicit network; units of distsnn."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.parameters = {
            "C_m": rng.uniform(150, 300, N),
            "tau_m": rng.uniform(8, 25, N),
            "E_L": rng.uniform(-72, -66, N),
            "V_th": rng.uniform(-52, -48, N),
            "V_reset": rng.uniform(-65, -58, N),
            "t_ref": rng.integers(1, 30, N) * DT,
            "I_e": rng.uniform(100, 450, N),
        }
        self.V_m = rng.uniform(-70, -50, N)
        step = np.flatnonzero(rng.random(int(DURATION / DT) * N_INPUTS) < 0.01)
        self.input_index, self.input_step = step % N_INPUTS, step // N_INPUTS
        # From, receptor, i, j, weight, delay in steps.
        self.synapses = [
            (of, receptor, rng.integers(0, of, n), rng.integers(0, N, n),
             rng.uniform(low, high, n), rng.integers(receptor, 40, n))
            for of, receptor, n, low, high in (
                (N, 0, 150, -40.0, 90.0), (N_INPUTS, 0, 60, 50.0, 150.0), (N, 1, 60, -1.0, 1.0)
            )
        ]  # fmt: skip


@pytest.fixture
def brian() -> Iterator[Any]:
    """Brian with interpreted numpy, which needs no compiler."""
    before = brian2.prefs.codegen.target
    brian2.prefs.codegen.target = "numpy"
    brian2.start_scope()
    yield brian2
    brian2.prefs.codegen.target = before


def run_distsnn(case: Case) -> dict[str, Any]:
    cells = snn.NeuronGroup(N, snn.LIF(**case.parameters), name="cells")
    cells.V_m = case.V_m
    given = snn.SpikeGeneratorGroup(N_INPUTS, case.input_index, case.input_step * DT, name="given")
    receptors = [snn.Exponential(5.0, name="exc"), snn.Delta()]
    synapses = []
    for of, receptor, i, j, weight, steps in case.synapses:
        made = snn.Synapses(
            cells if of == N else given, cells, receptors[receptor], weight=weight,
            delay=steps * DT,
        )  # fmt: skip
        made.connect(i=i, j=j)
        synapses.append(made)
    monitors: dict[str, Any] = {
        when: snn.StateMonitor(cells, ["V_m", "I_syn_exc"], True, when=when) for when in WHEN
    }
    monitors |= {
        "rare": snn.StateMonitor(cells[5:], "V_m", [7, 3], dt=0.7),
        "spikes": snn.SpikeMonitor(cells, ["V_m", "I_syn_exc"]),
        "counts": snn.SpikeMonitor(cells[5:], record=False),
        "rate": snn.PopulationRateMonitor(cells),
    }
    network = snn.Network(cells, given, synapses, *monitors.values(), dt=DT)
    network.run(DURATION / 3)
    cells[4:9].V_m = -61.0
    network.run(DURATION * 2 / 3)
    return monitors


def run_brian(case: Case, b: Any) -> dict[str, Any]:
    b.defaultclock.dt = DT * b.ms
    cells = b.NeuronGroup(
        N,
        """dv/dt = (E_L - v)/tau_m + (I_e + g)/C_m : volt (unless refractory)
           dg/dt = -g/(5*ms) : amp
           C_m : farad (constant)
           tau_m : second (constant)
           E_L : volt (constant)
           V_th : volt (constant)
           V_reset : volt (constant)
           I_e : amp (constant)
           held : second (constant)""",
        threshold="v >= V_th",
        reset="v = V_reset",
        refractory="held",
        method="exact",
    )
    units = {"C_m": b.pF, "tau_m": b.ms, "I_e": b.pA}
    for name, values in case.parameters.items():
        if name == "t_ref":
            cells.held = (values + DT) * b.ms
        else:
            setattr(cells, name, values * units.get(name, b.mV))
    cells.v = case.V_m * b.mV
    given = b.SpikeGeneratorGroup(N_INPUTS, case.input_index, case.input_step * DT * b.ms)
    synapses = []
    for of, receptor, i, j, weight, steps in case.synapses:
        at_once = receptor == 1
        model, effect, unit = [("w : amp", "g_post += w", b.pA), ("w : volt", "v_post += w", b.mV)][
            receptor
        ]
        made = b.Synapses(cells if of == N else given, cells, model, on_pre=effect)
        made.connect(i=i, j=j)
        made.w = weight * unit
        if at_once:
            # As in NEST; Brian sees there the spikes of the step before.
            made.pre.when = "before_thresholds"
        made.delay = (steps - at_once) * DT * b.ms
        synapses.append(made)
    monitors = {when: b.StateMonitor(cells, ["v", "g"], True, when=when) for when in WHEN}
    monitors |= {
        "rare": b.StateMonitor(cells[5:], "v", [7, 3], dt=0.7 * b.ms),
        "spikes": b.SpikeMonitor(cells, ["v", "g"]),
        "counts": b.SpikeMonitor(cells[5:], record=False),
        "rate": b.PopulationRateMonitor(cells),
    }
    network = b.Network(cells, given, synapses, *monitors.values())
    network.run(DURATION / 3 * b.ms)
    cells[4:9].v = -61.0 * b.mV
    network.run(DURATION * 2 / 3 * b.ms)
    return monitors


def assert_near(ours: np.ndarray, theirs: Any, unit: Any) -> None:
    expected = np.asarray(theirs / unit)
    assert ours.shape == expected.shape
    scale = np.abs(expected).max(initial=0.0)
    np.testing.assert_allclose(ours, expected, rtol=1e-12, atol=1e-12 * scale)


@pytest.mark.parametrize("seed", [1, 2])
def test_monitors_agree(brian: Any, seed: int) -> None:
    case = Case(seed)
    ours, theirs = run_distsnn(case), run_brian(case, brian)
    ms, mV, pA = brian.ms, brian.mV, brian.pA
    for when in WHEN:
        assert_near(ours[when].t, theirs[when].t, ms)
        assert_near(ours[when].V_m, theirs[when].v, mV)
        assert_near(ours[when].I_syn_exc, theirs[when].g, pA)
    assert_near(ours["start"][3].V_m, theirs["start"][3].v, mV)
    assert_near(ours["start"][[3, 1]].V_m, theirs["start"][[3, 1]].v, mV)
    assert ours["rare"].record.tolist() == theirs["rare"].record.tolist()
    assert_near(ours["rare"].t, theirs["rare"].t, ms)
    assert_near(ours["rare"].V_m, theirs["rare"].v, mV)
    assert_near(ours["rare"][3].V_m, theirs["rare"][3].v, mV)
    assert len(ours["rare"]) == len(theirs["rare"])

    spikes, expected = ours["spikes"], theirs["spikes"]
    assert spikes.num_spikes == expected.num_spikes > 50
    np.testing.assert_array_equal(spikes.i, expected.i)
    np.testing.assert_array_equal(spikes.count, expected.count)
    np.testing.assert_array_equal(ours["counts"].count, theirs["counts"].count)
    assert ours["counts"].num_spikes == theirs["counts"].num_spikes
    assert_near(spikes.t, expected.t, ms)
    assert_near(spikes.V_m, expected.v, mV)
    assert_near(spikes.I_syn_exc, expected.g, pA)
    for i, values in expected.values("v").items():
        assert_near(spikes.values("V_m")[i], values, mV)
    assert set(spikes.all_values()) == {"t", "V_m", "I_syn_exc"}

    rate, known = ours["rate"], theirs["rate"]
    assert_near(rate.rate / snn.Hz, known.rate, brian.Hz)
    for window, width in (("gaussian", 2.3), ("flat", 1.0), ("flat", 1.1), ("gaussian", 0.1)):
        assert_near(
            rate.smooth_rate(window, width=width) / snn.Hz,
            known.smooth_rate(window=window, width=width * ms),
            brian.Hz,
        )
    window = np.array([1.0, 4.0, 2.0])
    assert_near(rate.smooth_rate(window) / snn.Hz, known.smooth_rate(window), brian.Hz)
