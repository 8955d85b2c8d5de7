"""Scripts run as they are under both simulators: only what the star stands for differs.

All are without random numbers; values agree to rounding, 1e-9 relative, spikes exactly. Quantities
are divided by their units in the scripts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import distsnn as snn

brian2 = pytest.importorskip("brian2")
pytest.importorskip("matplotlib")

# Monitors that are made later record from then on; those out of sight record no more.
LATER = """
G = NeuronGroup(5, '''dv/dt = (1.5 - v)/(10*ms) : 1
                      x : 1''', threshold='v > 1', reset='v = 0.1*i; x += 1', method='exact')
S = Synapses(G, G, '''w : 1
                      dap/dt = -ap/(20*ms) : 1 (event-driven)''',
             on_pre='v_post += 0.01*w; ap += 1', on_post='w = clip(w + 0.1*ap, 0, 2)')
S.connect('i != j')
S.w = '0.1*i'
T = Synapses(G, G, 'k : 1', on_pre='v_post += k', delay=2*ms)
T.connect(j='i')
T.k = '0.01*i'
run(10.25*ms)
G.v = 'v + 0.01*i'
M = StateMonitor(G, ['v', 'x'], record=True)
P = SpikeMonitor(G)
R = PopulationRateMonitor(G)
run(20*ms)
W = StateMonitor(S, ['w', 'ap'], record=[0, 3])
all_made = [M, R]
M, R = StateMonitor(G, 'v', record=[1]), None
run(7.3*ms)
found = dict(v=all_made[0].v, x=all_made[0].x, w=W.w, ap=W.ap, later=M.v, t=P.t/ms, i=P.i,
             rate=all_made[1].rate/Hz, time=defaultclock.t/ms, monitored=all_made[0].t/ms)
"""
# Variables of the neurons are recorded of synapses, where several events meet.
ENDS = """
G = NeuronGroup(5, '''dv/dt = (1.5 - v)/(10*ms) : 1
                      x : 1
                      y = 2*v + x : 1
                      u : volt''', threshold='v > 1', reset='v = 0.1*i; x += 1', method='exact')
G.u = 'i*mV'
S = Synapses(G, G, 'w : 1', on_pre='v_post += 0.01*w')
S.connect('i != j')
S.w = '0.1*i'
names = ['v', 'v_pre', 'v_post', 'y', 'y_pre', 'x_pre', 'w', 'u_post']
monitors = [StateMonitor(S, name, record=[1, 7, 8]) for name in names]
net = Network(G, S, monitors)
net.run(40*ms)
found = {name: getattr(M, name)/(mV if name == 'u_post' else 1)
         for name, M in zip(names, monitors)}
"""
# Rates that differ between synapses, sqrt of squares, whole numbers as floats, units, booleans.
MODELS = """
gate = TimedArray([True, False, True], dt=5*ms)
source = SpikeGeneratorGroup(1, [0., 0.], [1, 12]*ms)
G = NeuronGroup(3.0, '''dv/dt = (I - v)/(10*ms) : 1
                        dphi/dt = 2*pi*10*Hz*gate(t) : radian
                        dy/dt = (1 - y)*sqrt(v**2)/ms : 1
                        I : 1''', method='euler')
S = Synapses(source, G, '''dx/dt = z/tau_rec : 1 (clock-driven)
                           da/dt = -a/tau_in : 1 (clock-driven)
                           z = 1 - x - a : 1
                           U : 1
                           tau_rec : second
                           tau_in : second
                           I_post = 3*a : 1 (summed)''',
             on_pre='a += U*x; x += -U*x', method=exponential_euler)
S.connect()
S.x, S.U, S.tau_in, S.tau_rec = 1, '0.1*(j + 1)', '(j + 1)*ms', '100*ms'
M = StateMonitor(G, ['v', 'phi', 'y'], record=True)
run(20*ms)
found = dict(v=M.v, phi=M.phi, y=M.y, x=S.x, a=S.a, t=defaultclock.t/ms)
"""
# The exponential Euler method where a variable also stands within functions of its own equation.
GATES = """
A = NeuronGroup(3, '''dv/dt = (-3*m*(v - 50*mV) - (v + 65*mV))/(10*ms) : volt
                      m = 1/(1 + exp(-(v + 40*mV)/(5*mV))) : 1''', method='exponential_euler')
B = NeuronGroup(3, '''dv/dt = (-35*m**3*h*(v - 55*mV) - 0.1*(v + 65*mV))/ms : volt
                      m = am/(am + bm) : 1
                      am = 1/exprel(-(v + 35*mV)/(10*mV))/ms : Hz
                      bm = 4*exp(-(v + 60*mV)/(18*mV))/ms : Hz
                      dh/dt = (ah*(1 - h) - bh*h) : 1
                      ah = 0.35*exp(-(v + 58*mV)/(20*mV))/ms : Hz
                      bh = 5/(exp(-0.1/mV*(v + 28*mV)) + 1)/ms : Hz''',
                method='exponential_euler')
A.v = '-65*mV + 5*i*mV'
B.v = '-65*mV + 5*i*mV'
M, K = StateMonitor(A, 'v', record=True), StateMonitor(B, 'v', record=True)
run(10*ms)
found = dict(a=M.v/mV, b=K.v/mV, h=B.h)
"""
# Python called while the network runs: it reads and sets neurons, synapses, and stops the run.
CALLED = """
G = NeuronGroup(4, '''dv/dt = (x - v)/(10*ms) : 1
                      x : 1''', threshold='v > 1', reset='v = 0', dtype=float)
G.x = '1.2 + 0.1*i'
S = Synapses(G, G, 'w : 1', on_pre='v_post += w*(k + 1)', multisynaptic_index='k',
             dtype={'w': float})
S.connect('i != j', n=2)
S.w = '0.01*(1 + k)'
S.delay = '(1 + k)*ms'
M, P = StateMonitor(G, ['v', 'x'], record=True), SpikeMonitor(G)
log = []

@network_operation(dt=1*ms)
def raise_inputs(t):
    G.x = G.x[:] + 0.01*len(P)
    log.append((t/ms, G.v[1], P.num_spikes, S.w[0]))

@network_operation(when='after_thresholds', dt=0.5*ms, order=2)
def note():
    log.append((defaultclock.t/ms, G.v[2], G.v[3], -1))

@network_operation(when='end', dt=0.5*ms)
def weaken():
    S.w[S.indices[0, :]] = S.w[0]*0.9
    log.append((defaultclock.t/ms, G.v[2], G.v[3], -1))

class Late(BrianObject):
    add_to_magic_network = True

    def run(self):
        self.calls = getattr(self, 'calls', 0) + 1
        if self.calls == 5:
            stop()

late = Late(when='end', dt=4*ms, order=1)
run(30*ms)
found = dict(v=M.v, x=M.x, t=P.t/ms, i=P.i, w=S.w, log=log, k=S.k, calls=late.calls,
             now=defaultclock.t/ms, net=magic_network.t/ms)
"""
# States are kept and restored: spikes on their way, weights, recordings, the time step.
STORED = """
P = SpikeGeneratorGroup(2, [0, 1, 0], [1, 3, 6]*ms)
G = NeuronGroup(3, '''dv/dt = -v/tau : 1
                      tau : second''', method='exact')
G.tau = 10*ms
S = Synapses(P, G, 'w : 1', on_pre='v_post += w; w += 0.5')
S.connect()
S.w, S.delay = '1 + i + j', '2*ms + 0.5*j*ms'
M, K = StateMonitor(G, 'v', record=True), SpikeMonitor(P)
store()
found = {}
for n, tau in enumerate([5, 20]):
    restore()
    G.tau = tau*ms
    run(4*ms)
    if n == 0:
        store('middle')
    run(6*ms)
    found.update({f'v{n}': M.v, f't{n}': M.t/ms, f'w{n}': array(S.w)})
for n in range(2):
    restore('middle')
    found.update({f'tau{n}': G.tau/ms, f'now{n}': defaultclock.t/ms, f'early{n}': M.v[:]})
    S.w = 'w*(n + 1)'
    run(6*ms)
    found.update({f'late{n}': M.v[:], f'spikes{n}': K.t/ms})
H, L = NeuronGroup(1, 'v : 1'), NeuronGroup(2, 'v : 1')
net = Network(H, L)
found['objects'] = [x.name in net for x in net.objects] + [len(net.objects)]
net.remove(H)
found['fewer'] = len(net.objects)
"""
# Spikes repeat; numbers in SI units; states as dictionaries.
NUMBERS = """
P = SpikeGeneratorGroup(3, [0, 1, 2, 0], [0.2, 1.37, 2.4, 2.9]*ms, period=3*ms)
G = NeuronGroup(3, '''dv/dt = -v/tau : volt
                      tau : second
                      x = v/mV : 1
                      n : integer
                      g : siemens''', threshold='v > 2.5*mV', reset='n += 1; v = 0*mV',
                method='exact', refractory=1*ms)
G.tau, G.g_ = '(1 + i)*10*ms', [1e-9, 2e-9, 3e-9]
S = Synapses(P, G, 'w : volt', on_pre='v_post += w')
S.connect(j='i')
S.w_[:] = 1e-3
S.pre.delay_ = 0.0005
G.v_[1] = 0.0005
M, K, R = StateMonitor(G, ['v', 'x'], record=[0, 2]), SpikeMonitor(G, 'v'), PopulationRateMonitor(G)
C = SpikeMonitor(P)
run(15*ms)
P.set_spikes([1], [16.25]*ms)
run(5*ms)
found = dict(v=M.v_, v2=M[2].v_, t=M.t_, i=K.i, at=K.t_, spiked=K.v_, rate=R.rate_, g=G.g_[:],
             tau=G.tau_, given=C.t_, index=C.i, w=S.w_[:], delay=S.delay_[:], last=G.lastspike_,
             now=[defaultclock.t/second, defaultclock.dt_*1.0, magic_network.t/second])
states = {**G.get_states(units=False, subexpressions=True), **M.get_states(units=False)}
found |= {f'state {name}': value for name, value in states.items()}
G.set_states(G.get_states(units=False, read_only_variables=False) | {'v': [1, 2, 3]}, units=False)
found |= {'v set': G.v_[:], 'tau set': G.tau_[:], 'n': G.n[:]}
found['names'] = sorted(map(len, G.get_states()))
eqs = Equations('dv/dt = -(v + I)/tau : volt') + 'I = f*volt/Hz : volt'
eqs += 'f : Hz (constant)'
found['names'] += [len(eqs), 'v' in eqs, 'x' in eqs, len(eqs['I'].identifiers), len(eqs.ordered)]
found['names'] += [len(x) for x in (eqs.names, eqs.eq_names, eqs.subexpr_names, eqs.identifiers)]
found['names'] += [x in eqs.substitute(v='u').diff_eq_names for x in ('u', 'v')]
"""
SCRIPTS = {"gates": GATES, "later": LATER, "ends": ENDS, "models": MODELS, "called": CALLED}
SCRIPTS |= {"stored": STORED, "numbers": NUMBERS}


def values(simulator: Any, script: str) -> dict[str, np.ndarray]:
    """What a script has found, under a simulator whose star it begins with."""
    snn.start_scope()
    brian2.start_scope()
    brian2.prefs.codegen.target = "numpy"
    brian2.defaultclock.dt = 0.1 * brian2.ms
    names: dict[str, Any] = {"__name__": "script"}
    exec(f"from {simulator} import *\n{script}", names)
    return {name: np.asarray(value, dtype=float) for name, value in names["found"].items()}


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_finds_the_same(script: str) -> None:
    expected = values("brian2", SCRIPTS[script])
    found = values("distsnn.brian", SCRIPTS[script])
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-9, atol=1e-12, err_msg=name)
