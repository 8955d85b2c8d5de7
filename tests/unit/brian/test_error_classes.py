"""Wrong input in Brian 2's dialect raises what scripts catch: the classes of Brian 2.

`CASES` has one line of a script for each mistake, below the class of its error. It runs where
``G`` is a group without threshold, and ``T`` one with.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any

import pytest

b2 = pytest.importorskip("distsnn.brian", exc_type=ImportError)

CASES = r"""
DimensionMismatchError
    tau=5*mV; G=NeuronGroup(1,'dv/dt=-v/tau:1'); run(0.1*ms)
    G=NeuronGroup(1,'v:volt'); G.v=3
    G=NeuronGroup(1,'v:volt'); G.v='3'
    G=NeuronGroup(1,'v:volt'); G.v='3*mV+1'
    G.v['v>1*mV']
    G=NeuronGroup(3,'v:1',threshold='v>1',reset='v=1*mV'); run(0.1*ms)
    G=NeuronGroup(3,'v:1',threshold='v>1',reset='v=0',refractory=5*mV); run(0.1*ms)
    G=NeuronGroup(3,'v:1',dt=1)
    run(1)
    run(1*mV)
    defaultclock.dt=1
    defaultclock.dt=1*mV
    S=Synapses(T,T,on_pre='v_post+=1*mV'); S.connect(); run(0.1*ms)
    S=Synapses(G,G,'w:1'); S.connect(p='i*mV')
    S=Synapses(T,T,'w:1',on_pre='v+=w'); S.connect(); S.delay=3
    S=Synapses(G,G,'v_post=w:1 (summed)\nw:volt'); S.connect(); run(0.1*ms)
    R=PopulationRateMonitor(T); run(0.1*ms); R.smooth_rate(width=1)
    PoissonGroup(3,rates=8)
    PoissonGroup(3,rates=8*mV)
    SpikeGeneratorGroup(3,[0,1],[1,2])
    G=NeuronGroup(3,'v:volt'); PoissonInput(G,'v',5,5*Hz,weight=1); run(0.1*ms)
    G=NeuronGroup(3,'v:volt'); PoissonInput(G,'v',5,5,weight=1*mV)
    G=NeuronGroup(3,'v:volt'); PoissonInput(G,'v',5,5*mV,weight=1*mV)
    TimedArray([1,2],dt=1)
    t=TimedArray([1,2],dt=1*ms); t(1)
    10*mV+5*pA
    10*mV<5*pA
    10*mV==5*pA
    a=[1,2]*mV; a[0]=1
    a=[1,2]*mV; a+=1
    np.sin(1*mV)
    np.exp(1*mV)
    (1*mV)**(1*mV)
    np.arctan2(1*mV,1*pA)
    np.clip(5*mV,1*pA,2*pA)
    Quantity([1*mV,1*pA])
    in_unit(5*mV,pA)
    (5*mV).in_unit(pA)
    G=NeuronGroup(1,'v:1'); G.run_regularly('v=1*mV'); run(0.1*ms)
    G=NeuronGroup(1,'v:volt'); G.set_states({'v':1})
    Clock(dt=1)
    check_units(v=volt)(lambda v:v)(1)
    G=NeuronGroup(1,'x:1 (linked)'); H=NeuronGroup(2,'y:volt'); G.x=linked_var(H,'y')
SyntaxError
    NeuronGroup(1,'t:1')
    NeuronGroup(1,'dt:second')
    NeuronGroup(1,'i:1')
    NeuronGroup(1,'N:1')
    NeuronGroup(1,'xi:1')
    NeuronGroup(1,'_x:1')
    S=Synapses(G,G,'w:1'); S.connect(j='k for k in range(0,N_post')
    Synapses(G,G,'i:1')
MagicError
    run(0.1*ms); H=NeuronGroup(3,'v:1'); run(0.1*ms)
KeyError
    G.v['w>1']
    S=Synapses(G,G,'w:1'); S.connect(condition='foo>1')
    S=Synapses(G,G,'w:1'); S.connect(p='a')
    StateMonitor(G,'w',record=True)
    PopulationRateMonitor(G); run(0.1*ms)
    restore()
    n=Network(); n.remove(NeuronGroup(1,'v:1'))
    n=Network(); n['foo']
    G=NeuronGroup(1,'v:1'); G.get_states(['w'])
    G=NeuronGroup(1,'v:1'); G.set_states({'w':1})
    set_device('foo')
    G=NeuronGroup(1,'x:1 (linked)'); run(0.1*ms)
    G=NeuronGroup(3,'x:1 (linked)'); H=NeuronGroup(2,'y:1'); G.x=linked_var(H,'z')
IndexError
    G.v[5]=1
    G.v[5]
    G[5:9]
    G[2:1]
    G[::2]
    S=Synapses(G,G,'w:1'); S.w[0]
    S=Synapses(G,G,'w:1'); S.connect(i=5,j=0)
    S=Synapses(G,G,'w:1'); S.connect(j='k for k in range(0,10)')
    S=Synapses(G,G,'w:1'); S.connect(j='i+5')
    StateMonitor(G,'v',record=[5])
    M=StateMonitor(G,'v',record=[1]); run(0.2*ms); M[0]
NotImplementedError
    R=PopulationRateMonitor(T); run(0.1*ms); R.smooth_rate(window='foo',width=1*ms)
    G=NeuronGroup(1,'v:1'); G.get_states(format='foo')
AttributeError
    G=NeuronGroup(1,'v:1'); G.w=3
    G=NeuronGroup(1,'v:1'); G.w
    S=Synapses(T,T,'w:1',on_pre='v+=w'); S.connect(); S.foo=1
    M=StateMonitor(G,'v',record=[1]); run(0.2*ms); M.w
    m=SpikeMonitor(T,record=False); run(0.1*ms); m.i
    m=SpikeMonitor(T,record=False); run(0.1*ms); m.spike_trains()
RuntimeError
    G=NeuronGroup(1,'v:1'); n=Network(G); n2=Network(G); n.run(0.1*ms); n2.run(0.1*ms)
TypeError
    NeuronGroup(1,5)
    G['a']
    G.i=3
    G.N=3
    G=NeuronGroup(3,'v=3:1'); G.v=3
    G=NeuronGroup(3,'v:1',threshold='v',reset=''); run(0.1*ms)
    G=NeuronGroup(3,'v:1',threshold='v>1',reset='v=0',refractory='v'); run(0.1*ms)
    run()
    defaultclock.t=1*ms
    S=Synapses(T,T,on_pre='v_post+=1'); run(0.1*ms)
    S=Synapses(G,G,'w:1'); S.w=3
    S=Synapses(G,G,'w:1'); S.connect(i=[0.5],j=[1])
    S=Synapses(G,G,'w:1'); S.connect('i+1')
    StateMonitor(G,'v')
    R=PopulationRateMonitor(T); run(0.1*ms); R.smooth_rate()
    G=NeuronGroup(3,'v:1',events={'1a':'v>1'})
    PoissonGroup(3)
    TimedArray([1,2])
    Equations(5)
    n=Network(5)
    n=Network(); n.add(5)
    network_operation(lambda a,b:1)
    seed('a')
    G=NeuronGroup(3,'x:1'); H=NeuronGroup(3,'y:1'); G.x=linked_var(H,'y')
ValueError
    NeuronGroup(-1,'v:1')
    NeuronGroup(0,'v:1')
    NeuronGroup(1,'x=y:1\ny=x:1')
    G.v=[1,2]
    G=NeuronGroup(3,'v:1',threshold='v>1',reset='v>0'); run(0.1*ms)
    G=NeuronGroup(3,'dv/dt=1/ms:1 (foo)')
    G=NeuronGroup(3,'v:1 (unless refractory)')
    G=NeuronGroup(3,'dv/dt=-v/ms:1',method='foo'); run(0.1*ms)
    G=NeuronGroup(3,'v:1',name='1x')
    G=NeuronGroup(3,'v:1',name='a'); H=NeuronGroup(3,'v:1',name='a'); run(0.1*ms)
    G=NeuronGroup(3,'v:1',dt=1*ms,clock=Clock(1*ms))
    run(-1*ms)
    Synapses(G,G,on_pre='v+=1')
    S=Synapses(G,G,'w:1'); S.connect(i=[0,1],j=[0,1,2])
    S=Synapses(G,G,'w:1'); S.connect(i=[0,1])
    S=Synapses(G,G,'w:1'); S.connect(condition='i==j',i=0)
    S=Synapses(G,G,'w:1'); S.connect(n=-1)
    Synapses(T,T,'w:1',on_pre='v+=w',delay={'foo':3*ms})
    Synapses(G,G,'dx/dt=-x/ms:1 (event-driven)\n dy/dt=-x*y/ms:1 (event-driven)',on_pre='x+=1')
    S=Synapses(T,T,'v:1')
    G=NeuronGroup(3,'v=1:1'); S=Synapses(G,G,'v_post=w:1 (summed)\nw:1'); S.connect(); run(0.1*ms)
    S=Synapses(G,G,'foo_post=w:1 (summed)\nw:1'); S.connect(); run(0.1*ms)
    S=Synapses(G,G,'v=w:1 (summed)\nw:1'); S.connect(); run(0.1*ms)
    StateMonitor(G,'v',record='all')
    SpikeMonitor(G)
    SpikeMonitor(T,variables='w')
    EventMonitor(G,'foo')
    G.run_on_event('foo','v=1')
    G=NeuronGroup(3,'v:1',events={'a':'v>1'}); G.run_on_event('a','v=1'); G.run_on_event('a','v=2')
    G=NeuronGroup(3,'v:1',events={'spike':'v>1'},threshold='v>1')
    PoissonGroup(3,rates=[1,2]*Hz)
    SpikeGeneratorGroup(3,[0,5],[1,2]*ms)
    SpikeGeneratorGroup(3,[0],[1,2]*ms)
    SpikeGeneratorGroup(3,[0,1],[-1,2]*ms)
    SpikeGeneratorGroup(3,[0,1],[1,2]*ms,period=1*ms); run(0.1*ms)
    SpikeGeneratorGroup(3,[0,1],[1,2]*ms,period=-1*ms)
    G=NeuronGroup(1,'v:1'); G.run_regularly('v=1',dt=1*ms,clock=Clock(1*ms))
    G=NeuronGroup(3,'x:1 (linked)'); H=NeuronGroup(2,'y:1'); G.x=linked_var(H,'y')
    G=NeuronGroup(3,'x:1 (linked)'); H=NeuronGroup(2,'y:1'); G.x=linked_var(H,'y',index=[0,1,5])
"""
BEGIN = "G = NeuronGroup(3, 'v : 1'); T = NeuronGroup(3, 'v : 1', threshold='v > 1', reset='')"


def by_class() -> dict[str, list[str]]:
    """The lines of each class."""
    found: dict[str, list[str]] = {}
    kind = ""
    for line in CASES.strip().splitlines():
        if line.startswith("    "):
            found[kind].append(line.strip())
        else:
            kind = line
            found[kind] = []
    return found


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and those that caused it: Brian 2 says only in these what is wrong."""
    while error is not None:
        yield error
        error = error.__cause__


def raised(of: Any, code: str) -> BaseException | None:
    """The error of a line of a script whose names are those of the star of a module."""
    of.start_scope()
    around: dict[str, Any] = {}
    exec(f"from {of.__name__} import *", around)
    exec(BEGIN, around)
    try:
        exec(code, around)
    except Exception as error:  # noqa: BLE001 - whatever it is
        return error
    return None


def missed(of: Any, kind: str) -> list[str]:
    """The lines that do not raise an error of a class."""
    wanted = getattr(of, kind, None) or getattr(builtins, kind)
    found = {code: raised(of, code) for code in by_class()[kind]}
    return [
        f"{code}: {error!r}"
        for code, error in found.items()
        if not any(isinstance(one, wanted) for one in causes(error))
    ]


@pytest.mark.parametrize("kind", by_class())
def test_each_mistake_raises_its_class(kind: str) -> None:
    assert not missed(b2, kind)


@pytest.mark.long
@pytest.mark.parametrize("kind", by_class())
def test_brian_raises_them_too(kind: str) -> None:
    brian2 = pytest.importorskip("brian2")
    brian2.prefs.codegen.target = "numpy"
    assert not missed(brian2, kind)
