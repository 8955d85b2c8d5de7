"""Scripts in the dialect of Brian 2 find their names, under both simulators."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

import distsnn
from distsnn import units
from distsnn.front import dialect
from distsnn.front.dialect import brian_names

# What users of Brian 2 write: everything from one star, pylab included.
SCRIPT = """\
start_scope()
tau = 10*ms
G = NeuronGroup(3, '''dv/dt = (I-v)/tau : 1
                      I : 1''', threshold='v>1', reset='v = 0', refractory=2*msecond)
G.I = linspace(0, 3, 3)
S = Synapses(G, G, 'w : 1', on_pre='v_post += w')
S.connect(condition='i!=j')
S.w = 'exp(-abs(i-j))'
S.delay = [1, 2, 3, 1, 2, 3]*ms
M = StateMonitor(G, 'v', record=True)
spikes = SpikeMonitor(G)
rate = PopulationRateMonitor(G)
run(0.05*second)
figure(figsize=(6, 3))
subplot(121)
plot(M.t/ms, M.v[0], label='first')
plot(spikes.t/ms, spikes.i, '.k')
xlabel('time (ms)'); legend()
subplot(122)
plot(rate.t/ms, rate.smooth_rate(width=5*ms)/Hz)
tight_layout()
print(spikes.num_spikes, array(M.v).sum().round(9), around(sum(S.w), 12))
"""


def run(simulator: str) -> str:
    head = "import matplotlib\nmatplotlib.use('Agg')\n"
    if simulator == "brian2":
        head += "import brian2\nbrian2.prefs.codegen.target = 'numpy'\n"
    star = {"brian2": "brian2", "distsnn": "distsnn.brian"}[simulator]
    text = f"{head}from {star} import *\n{SCRIPT}"
    return subprocess.run(
        [sys.executable, "-c", text], check=True, capture_output=True, text=True
    ).stdout


def test_a_script_with_pylab() -> None:
    pytest.importorskip("matplotlib")
    found = run("distsnn")
    n_spikes, total, weights = map(float, found.split())
    assert n_spikes > 5
    assert total > 0
    assert weights == pytest.approx(4 * 2.718281828459045**-1 + 2 * 2.718281828459045**-2)
    if importlib.util.find_spec("brian2") is not None:
        assert found == run("brian2")


def test_names() -> None:
    names = set(distsnn.__all__)
    assert {"ms", "msecond", "second", "metre", "meter", "um", "umetre", "amp", "volt"} <= names
    assert {"NeuronGroup", "Synapses", "SpikeMonitor", "StateMonitor", "TimedArray"} <= names
    assert {"run", "start_scope", "defaultclock", "seed", "Hz", "PopulationRateMonitor"} <= names
    # It lists what comes by stars once more, for type checkers.
    for room in (brian_names, dialect, units):
        assert set(room.__all__) <= names
    assert len(names) == len(distsnn.__all__)
    assert [1, 2] * distsnn.second == pytest.approx([1000, 2000])
    assert type(2 * distsnn.ms) is float
