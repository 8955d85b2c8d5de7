"""Neurons as text against Brian 2: the same texts, traces to 1e-12 relative, spikes exactly."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn.language.unit_names import UNITS

brian2 = pytest.importorskip("brian2")

N = 4
STEPS = 400


@dataclass
class Case:
    """A model; constants and initial values are texts that both sides evaluate."""

    equations: str
    record: dict[str, str]  # variable -> its unit
    threshold: str | None = None
    reset: str | None = None
    refractory: Any = False
    method: str | None = None
    constants: dict[str, str] = field(default_factory=dict)
    initial: dict[str, str] = field(default_factory=dict)
    chosen: str | None = None
    dt: float = 0.1  # ms
    rtol: float = 1e-12


LIF = "dv/dt = (El - v + R*I)/tau : volt (unless refractory)\nI : amp\n"
LIF_CONSTANTS = {"El": "-70*mV", "R": "100*Mohm", "tau": "10*ms"}
LIF_INITIAL = {"v": "-70*mV", "I": "(i + 1)*0.1*nA"}
HH = """
dv/dt = (gl*(El-v) - g_na*(m*m*m)*h*(v-ENa) -
         g_kd*(n*n*n*n)*(v-EK) + I)/Cm : volt
dm/dt = alpha_m*(1-m)-beta_m*m : 1    # activation
dn/dt = alpha_n*(1-n)-beta_n*n : 1
dh/dt = alpha_h*(1-h)-beta_h*h : 1
alpha_m = 0.32*(mV**-1)*4*mV/exprel((13*mV-v+VT)/(4*mV))/ms : Hz
beta_m = 0.28*(mV**-1)*5*mV/exprel((v-VT-40*mV)/(5*mV))/ms : Hz
alpha_h = 0.128*exp((17*mV-v+VT)/(18*mV))/ms : Hz
beta_h = 4./(1+exp((40*mV-v+VT)/(5*mV)))/ms : Hz
alpha_n = 0.032*(mV**-1)*5*mV/exprel((15*mV-v+VT)/(5*mV))/ms : Hz
beta_n = .5*exp((10*mV-v+VT)/(40*mV))/ms : Hz
I : amp
"""
HH_CONSTANTS = {
    "Cm": "200*pF",
    "gl": "10*nS",
    "El": "-65*mV",
    "EK": "-90*mV",
    "ENa": "50*mV",
    "g_na": "20*uS",
    "g_kd": "6*uS",
    "VT": "-63*mV",
}
HH_CASE = {
    "record": {"v": "volt", "m": "1", "n": "1", "h": "1"},
    "constants": HH_CONSTANTS,
    "threshold": "v > -40*mV",
    "refractory": "v > -40*mV",
    "initial": {"v": "El", "I": "(i + 1)*nA", "h": "0.9"},
    "dt": 0.02,
}

CASES = {
    "tutorial": Case(
        "dv/dt = (I-v)/tau : 1\nI : 1\ntau : second",
        {"v": "1"},
        "v > 1",
        "v = 0",
        method="exact",
        initial={"I": "2 - 0.4*i", "tau": "(10 + 30*i)*ms"},
    ),
    "default is exact": Case(
        LIF,
        {"v": "volt"},
        "v > -55*mV",
        "v = El",
        "5*ms",
        constants=LIF_CONSTANTS,
        initial=LIF_INITIAL,
        chosen="exact",
    ),
    "refractory per neuron": Case(
        LIF + "tr : second",
        {"v": "volt"},
        "v > -55*mV",
        "v = El",
        "tr",
        constants=LIF_CONSTANTS,
        initial=LIF_INITIAL | {"tr": "i*1.3*ms"},
        method="exact",
    ),
    "refractory from a state": Case(
        LIF + "dw/dt = (1 - w)/tau : 1",
        {"v": "volt", "w": "1"},
        "v > -55*mV",
        "v = El; w += 2",
        "1*ms + w*ms",
        constants=LIF_CONSTANTS,
        initial=LIF_INITIAL,
        method="exact",
    ),
    "refractory condition": Case(
        "dv/dt = (I - v)/tau : 1\nI : 1",
        {"v": "1"},
        "v > 0.9",
        None,
        "v > 0.5",
        constants={"tau": "5*ms"},
        initial={"I": "1 + sin(2*i)"},
        method="exact",
    ),
    "refractory without flag": Case(
        "dv/dt = (I - v)/tau : 1\nI : 1",
        {"v": "1"},
        "v >= 0.9",
        None,
        "2*ms",
        constants={"tau": "5*ms"},
        initial={"I": "1 + 0.3*i"},
        method="euler",
    ),
    "refractory zero": Case(
        LIF,
        {"v": "volt"},
        "v > -55*mV",
        "v = El",
        "0*ms",
        constants=LIF_CONSTANTS,
        initial=LIF_INITIAL,
        method="exact",
    ),
    "not_refractory and lastspike in text": Case(
        "dv/dt = (I*int(not_refractory) - v)/tau : 1\nI : 1\na = int(t - lastspike < 3*ms)*0.5 : 1",
        {"v": "1"},
        "v + a > 0.9 and i > 0",
        "v -= 0.3",
        "2*ms",
        constants={"tau": "5*ms"},
        initial={"I": "1 + 0.3*i"},
        method="euler",
    ),
    "current synapse chain": Case(
        "dv/dt = (ge + gi - (v - El))/taum : volt (unless refractory)\n"
        "dge/dt = -ge/taue : volt\ndgi/dt = -gi/taui : volt",
        {"v": "volt", "ge": "volt", "gi": "volt"},
        "v > -50*mV",
        "v = -60*mV; ge += 30*mV",
        "5*ms",
        constants={"El": "-49*mV", "taum": "20*ms", "taue": "5*ms", "taui": "10*ms"},
        initial={"v": "-60*mV + i*3*mV", "ge": "i*20*mV", "gi": "-10*mV"},
        chosen="exact",
    ),
    "depends on a held variable": Case(
        "dv/dt = (I - v)/tau : 1 (unless refractory)\ndw/dt = (v - w)/tauw : 1\nI : 1",
        {"v": "1", "w": "1"},
        "v > 0.9",
        "v = 0.2",
        "3*ms",
        constants={"tau": "5*ms", "tauw": "8*ms"},
        initial={"I": "1 + 0.3*i"},
        method="exact",
    ),
    "coupled both ways": Case(
        "dv/dt = (w - 3*v)/tau : 1\ndw/dt = (v - 2*w + 1)/tau : 1",
        {"v": "1", "w": "1"},
        constants={"tau": "20*ms"},
        initial={"v": "i", "w": "1 - i"},
        chosen="exact",
    ),
    "singular falls to euler": Case(
        "dv/dt = I/tau : 1\nI : 1",
        {"v": "1"},
        "v > 1",
        "v = 0",
        constants={"tau": "5*ms"},
        initial={"I": "1 + 0.3*i"},
        chosen="euler",
    ),
    "oscillation falls to euler": Case(
        "dv/dt = w/tau : 1\ndw/dt = -v/tau : 1",
        {"v": "1", "w": "1"},
        constants={"tau": "20*ms"},
        initial={"v": "1 + i"},
        chosen="euler",
    ),
    "parameter that the reset changes": Case(
        "dv/dt = (I - g*v)/tau : 1\nI : 1\ng : 1",
        {"v": "1", "g": "1"},
        "v > 1",
        "v = 0\ng += 0.1",
        constants={"tau": "5*ms"},
        initial={"I": "3 + i", "g": "1"},
        method="exact",
    ),
    "conductances by exponential Euler": Case(
        "dv/dt = (ge*(Ee-v) + gi*(Ei-v) - (v-El))/taum : volt (unless refractory)\n"
        "dge/dt = -ge/taue : 1\ndgi/dt = -gi/taui : 1",
        {"v": "volt", "ge": "1", "gi": "1"},
        "v > -50*mV",
        "v = -60*mV; ge += 0.5",
        "5*ms",
        "exponential_euler",
        {
            "El": "-60*mV",
            "Ee": "0*mV",
            "Ei": "-80*mV",
            "taum": "20*ms",
            "taue": "5*ms",
            "taui": "10*ms",
        },
        {"v": "-60*mV", "ge": "1 + i*0.8", "gi": "0.3"},
    ),
    "conductances by default": Case(
        "dv/dt = (ge*(Ee-v) - (v-El))/taum : volt (unless refractory)\ndge/dt = -ge/taue : 1",
        {"v": "volt", "ge": "1"},
        "v > -50*mV",
        "v = -60*mV; ge += 0.5",
        "5*ms",
        None,
        {"El": "-60*mV", "Ee": "0*mV", "taum": "20*ms", "taue": "5*ms"},
        {"v": "-60*mV", "ge": "i*0.4"},
        chosen="euler",
    ),
    "Hodgkin-Huxley, exponential Euler": Case(
        HH, method="exponential_euler", rtol=1e-10, **HH_CASE
    ),
    "Hodgkin-Huxley, rk2": Case(HH, method="rk2", **HH_CASE),
    "Hodgkin-Huxley, rk4": Case(HH, method="rk4", **HH_CASE),
    "held in rk4": Case(
        "dv/dt = (I - v + sin(w))/tau : 1 (unless refractory)\ndw/dt = (v - w)/tauw : 1\nI : 1",
        {"v": "1", "w": "1"},
        "v > 0.9",
        "v = 0.2",
        "3*ms",
        "rk4",
        {"tau": "5*ms", "tauw": "8*ms"},
        {"I": "1 + 0.3*i"},
    ),
    "explicit time": Case(
        "dv/dt = (sin(2*pi*f*t) - v)/tau : 1",
        {"v": "1"},
        "v > 0.3",
        "v = 0",
        "4*ms",
        "rk4",
        {"tau": "5*ms", "f": "50*Hz"},
        {"v": "0.1*i"},
    ),
    "explicit time by default": Case(
        "dv/dt = (sin(2*pi*f*t) - v)/tau : 1",
        {"v": "1"},
        constants={"tau": "5*ms", "f": "50*Hz"},
        initial={"v": "0.1*i"},
        chosen="euler",
    ),
    "adaptive exponential": Case(
        "dv/dt = (gL*(EL - v) + gL*DT*exp((v - VT)/DT) + I - w)/C : volt\n"
        "dw/dt = (a*(v - EL) - w)/tauw : amp\nI : amp",
        {"v": "volt", "w": "amp"},
        "v > Vcut",
        "v = Vr; w += b",
        method="euler",
        constants={
            "C": "281*pF",
            "gL": "30*nS",
            "EL": "-70.6*mV",
            "VT": "-50.4*mV",
            "DT": "2*mV",
            "Vcut": "-40*mV",
            "tauw": "40*ms",
            "a": "4*nS",
            "b": "0.08*nA",
            "Vr": "-48.5*mV",
        },
        initial={"v": "EL", "I": "(1 + 0.5*i)*nA"},
    ),
    "functions": Case(
        "dv/dt = (tanh(x) + clip(x, 0, 0.5) + abs(x) + int(x > 0.2)*0.1 + floor(3*x)*0.1\n"
        "         + x % 0.3 + 0.05*sign(x - 0.5) + sqrt(abs(x)) + log(2 + x) + cos(x)**2\n"
        "         - 3*v)/tau : 1\nx = sin(t/(7*ms) + i) : 1\nb : boolean\nk : integer",
        {"v": "1"},
        "(v > 1.0 and not b) or k == 2",
        "v = 0; k += 1; b = v > 5",
        "2*ms",
        "euler",
        {"tau": "5*ms"},
        {"v": "0.1*i", "k": "i % 2"},
    ),
    "no differential equation": Case("v : 1", {"v": "1"}, "t > (1 + i)*4*ms", "v += 1", "100*ms"),
    "subexpressions of subexpressions": Case(
        "dv/dt = (a - v)/tau : 1\na = b + 1 : 1\nb = 0.2*i : 1",
        {"v": "1"},
        "v > a - 0.2",
        "v = b/2",
        constants={"tau": "5*ms"},
        method="exact",
    ),
}


def brian_traces(case: Case) -> tuple[dict[str, np.ndarray], list[tuple[int, int]]]:
    brian2.start_scope()
    brian2.prefs.codegen.target = "numpy"
    names = vars(brian2)
    constants: dict[str, Any] = {}
    for name, text in case.constants.items():
        constants[name] = eval(text, {**names, **constants})
    extra = {} if case.method is None else {"method": case.method}
    group = brian2.NeuronGroup(
        N,
        case.equations,
        threshold=case.threshold,
        reset=case.reset,
        refractory=case.refractory,
        namespace=constants,
        **extra,
    )
    for name, text in case.initial.items():
        getattr(group, name)  # it exists
        setattr(group, name, text)
    monitor = brian2.StateMonitor(group, list(case.record), record=True)
    objects = [group, monitor]
    spikes = brian2.SpikeMonitor(group) if case.threshold else None
    brian2.defaultclock.dt = case.dt * brian2.ms
    net = brian2.Network(*objects, *([spikes] if spikes is not None else []))
    net.run(STEPS * brian2.defaultclock.dt)
    traces = {
        name: np.asarray(getattr(monitor, name)) * scale(unit) for name, unit in case.record.items()
    }
    at = (
        []
        if spikes is None
        else sorted(
            (round(t / (case.dt * 1e-3)), int(i))
            for t, i in zip(np.asarray(spikes.t), spikes.i, strict=True)
        )
    )
    return traces, at


TIMED = """
import numpy as np
from {module} import *
start_scope()
steps = TimedArray(np.array([0.3, 1.5, -0.5, 2.0]), dt={dt}*ms)
table = TimedArray(np.array([[0.0, 1.0, 2.0], [3.0, 0.5, 0.0], [1.0, 1.0, 2.0]]), dt={dt}*ms)
tau = 5*ms
G = NeuronGroup(3, '''dv/dt = (steps(t) + table(t, i) - v)/tau : 1
                         dw/dt = (steps(t)*v - w)/tau : 1''',
                threshold='w > 0.3', reset='w = 0'{choice})
"""


@pytest.mark.parametrize(
    ("dt", "method"),
    [
        (7, "exact"),
        (0.7, "exact"),
        (7, "rk4"),
        (0.25, "rk4"),
        (3.3, "euler"),
        (2, None),
        (0.7, None),
        (0.25, None),
    ],
)
def test_timed_arrays_agree_with_brian2(dt: float, method: str | None) -> None:
    source = TIMED.replace("{choice}", f", method={method!r}" if method else "")
    theirs: dict[str, Any] = {}
    exec(source.format(module="brian2", dt=dt), theirs)
    brian2.prefs.codegen.target = "numpy"
    monitor = brian2.StateMonitor(theirs["G"], ["v", "w"], record=True)
    spikes = brian2.SpikeMonitor(theirs["G"])
    brian2.defaultclock.dt = 0.1 * brian2.ms
    brian2.Network(theirs["G"], monitor, spikes).run(20 * brian2.ms, namespace=theirs)
    ours: dict[str, Any] = {}
    exec(source.format(module="distsnn", dt=dt), ours)
    counted = snn.SpikeMonitor(ours["G"])
    net = snn.Network(ours["G"], counted)
    for step in range(200):
        for name in ("v", "w"):
            np.testing.assert_allclose(
                getattr(ours["G"], name), getattr(monitor, name)[:, step], rtol=1e-12, atol=1e-13
            )
        net.run(0.1)
    assert np.array_equal(np.rint(counted.t / 0.1), np.rint(np.asarray(spikes.t) / 1e-4))
    assert np.array_equal(counted.i, np.asarray(spikes.i))


def scale(unit: str) -> float:
    return UNITS[unit].value if unit in UNITS else 1.0


Found = tuple[dict[str, np.ndarray], list[tuple[int, int]], str]


def our_group(case: Case) -> snn.NeuronGroup:
    constants: dict[str, Any] = {}
    for name, text in case.constants.items():
        constants[name] = eval(text, {**vars(snn), **constants})
    group = snn.NeuronGroup(
        N,
        case.equations,
        threshold=case.threshold,
        reset=case.reset,
        refractory=case.refractory,
        namespace=constants,
        method=case.method,
    )
    for name, text in case.initial.items():
        setattr(group, name, text)
    return group


@cache
def our_traces(dt: float) -> dict[str, Found]:
    """What all cases of a time step find, in one network: it is compiled once."""
    groups = {name: our_group(case) for name, case in CASES.items() if case.dt == dt}
    spikes = {name: snn.SpikeMonitor(groups[name]) for name in groups if CASES[name].threshold}
    net = snn.Network(*groups.values(), *spikes.values(), dt=dt)
    traces: dict[str, dict[str, list[np.ndarray]]] = {
        name: {variable: [] for variable in CASES[name].record} for name in groups
    }
    for _ in range(STEPS):
        for name, variables in traces.items():
            for variable, values in variables.items():
                values.append(np.array(getattr(groups[name], variable)))
        net.run(dt)
    found: dict[str, Found] = {}
    for name, group in groups.items():
        seen = zip(spikes[name].t, spikes[name].i, strict=True) if name in spikes else []
        at = sorted((round(t / dt), int(i)) for t, i in seen)
        arrays = {variable: np.array(values).T for variable, values in traces[name].items()}
        found[name] = arrays, at, group.method_choice
    return found


@pytest.mark.parametrize("name", CASES)
def test_agrees_with_brian2(name: str) -> None:
    case = CASES[name]
    expected, expected_spikes = brian_traces(case)
    traces, spikes, method = our_traces(case.dt)[name]
    assert spikes == expected_spikes
    if case.threshold:
        assert spikes
    for variable, values in expected.items():
        size = np.abs(values).max()
        np.testing.assert_allclose(
            traces[variable], values, rtol=case.rtol, atol=0.1 * case.rtol * size
        )
    if case.chosen is not None:
        assert method == case.chosen
