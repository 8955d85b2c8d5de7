"""Integer and boolean variables are those of Brian 2.

Brian's numpy target truncates where values are stored and leaves a subexpression within another
expression as it is; its C++ truncates there too, and so does distsnn: ``half`` below.
"""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import NotFiniteWarning, ParameterError

EQUATIONS = """x : 1
n = x/2 : integer
b = x : boolean
k : integer
flag : boolean
half = n/2.0 : 1
total : integer
counted : integer
given : integer"""
SYNAPSES = (
    "w : 1\nm : integer\non : boolean\nd = w*2.3 : integer\ntotal_post = w : integer (summed)"
)
ON_PRE = "m = w*2.3; on = w - 0.8; counted_post += w; given_post = w*2.3"
X = [1, 2, 3, -3]
RESET = "k = -0.7 + i*2; flag = i*0.3"


def of_brian() -> dict[str, np.ndarray]:
    """The same in Brian 2.9, one statement of the reset and events at a time."""
    b2 = pytest.importorskip("brian2")
    b2.prefs.codegen.target = "numpy"
    G = b2.NeuronGroup(4, EQUATIONS, threshold="t < 0.15*ms", reset=RESET.replace("; ", "\n"))
    G.x = X
    S = b2.Synapses(G, G, SYNAPSES, on_pre=ON_PRE.replace("; ", "\n"))
    S.connect(condition="abs(i-j) == 1")
    S.w = "0.8 + 0.5*i"
    states = b2.StateMonitor(G, ["n", "b", "k", "flag"], record=True)
    spikes = b2.SpikeMonitor(G, ["n", "flag"])
    b2.Network(G, S, states, spikes).run(0.3 * b2.ms)
    K = b2.NeuronGroup(4, "k : integer\nf : boolean")
    K.k, K.f = "i*0.75 - 1", "i*0.4"
    texts = K.k[:].copy(), K.f[:].copy()
    K.k, K.f = [-0.6, 0.7, 1.7, -1.7], [0, 0.4, 2, -1]
    arrays = K.k[:].copy(), K.f[:].copy()
    K.k[1:] = 2.7
    K.k["i < 2"] = 9.9
    K.k[1] += 1.5
    return {
        "n": states.n, "b": states.b, "k": states.k, "flag": states.flag, "spike n": spikes.n[:],
        "spike flag": spikes.flag[:], "m": S.m[:], "on": S.on[:], "total": G.total[:],
        "counted": G.counted[:], "given": G.given[:], "text k": texts[0], "text f": texts[1],
        "array k": arrays[0], "array f": arrays[1], "set k": K.k[:],
    }  # fmt: skip


@pytest.mark.ranks(1, 2, 3)
def test_integers_and_booleans_as_in_brian() -> None:
    G = snn.NeuronGroup(4, EQUATIONS, threshold="t < 0.15*ms", reset=RESET, name="G")
    G.x = X
    S = snn.Synapses(G, G, SYNAPSES, on_pre=ON_PRE, name="S")
    S.connect(condition="abs(i-j) == 1")
    S.w = "0.8 + 0.5*i"
    K = snn.NeuronGroup(4, "k : integer\nf : boolean", name="K")
    states = snn.StateMonitor(G, ["n", "b", "k", "flag"], record=True)
    spikes = snn.SpikeMonitor(G, ["n", "flag"])
    net = snn.Network(G, S, K, states, spikes)
    before = {}
    for when in range(2):
        K.k, K.f = "i*0.75 - 1", "i*0.4"
        texts = K.k[:], K.f[:]
        K.k, K.f = [-0.6, 0.7, 1.7, -1.7], [0, 0.4, 2, -1]
        arrays = K.k[:], K.f[:]
        K.k[1:] = 2.7
        K.k["i < 2"] = 9.9
        K.k[1] += 1.5
        if when == 0:
            before = {"text k": texts[0], "array k": arrays[0], "set k": K.k[:]}
            net.run(0.3)
    found = {
        "n": states.n, "b": states.b, "k": states.k, "flag": states.flag, "spike n": spikes.n[:],
        "spike flag": spikes.flag[:], "m": S.m[:], "on": S.on[:], "total": G.total[:],
        "counted": G.counted[:], "given": G.given[:], "text k": texts[0], "text f": texts[1],
        "array k": arrays[0], "array f": arrays[1], "set k": K.k[:],
    }  # fmt: skip
    for name, values in of_brian().items():
        assert np.array_equal(found[name], values), (name, found[name], values)
        assert found[name].dtype == (np.int64 if values.dtype.kind == "i" else bool), name
    for name, values in before.items():
        assert np.array_equal(values, found[name]), name
    assert G.half.tolist() == [0, 0.5, 0.5, -0.5]
    assert S.d.tolist() == np.trunc(2.3 * S.w[:]).tolist()
    assert np.arange(10, 15)[G.n].tolist() == [10, 11, 11, 14]
    # Between runs as before: S.m is whole, and conditions see whole numbers.
    S.m = "w*2.3"
    S.m["m == 2"] = 9.9
    S.on = [0.0, -0.5] * 3
    assert S.m.tolist() == [1, 9, 9, 4, 4, 5]
    assert S.on.tolist() == [False, True] * 3
    K.k = snn.Uniform(-0.9, 0.9)
    assert K.k.tolist() == [0] * 4


def test_an_input_adds_whole_numbers_to_integers() -> None:
    G = snn.NeuronGroup(3, "k : integer\nb : boolean", name="G")
    for variable, weight in (("k", 0.5), ("b", 1)):
        with pytest.raises(ParameterError, match=f"is added to {variable}, which is declared as"):
            snn.PoissonInput(G, variable, 1, 10.0, weight)
    P = snn.PoissonInput(G, "k", 1, 10.0, 2, name="P")
    with pytest.raises(ParameterError, match=r"P: weight=2\.5 is added to k"):
        P.weight = 2.5
    snn.Network(G, P).run(0.3)
    assert G.k.tolist() == [6, 6, 6]


def _set_and_read(group: snn.NeuronGroup, value: object) -> np.ndarray:
    group.k = value
    return group.k[:]


def test_what_no_integer_holds_is_refused() -> None:
    G = snn.NeuronGroup(
        2, "k : integer\nb : boolean\nr : 1", threshold="True", reset="k = 1/r", name="G"
    )
    for value in (float("nan"), 1e16, [0.0, -1e300], "i*1e16 + 1", "(i-1)/0.0"):
        with pytest.raises(ParameterError, match="G"):
            _set_and_read(G, value)
        G.k = 0
    G.k = 2**53
    assert G.k[0] == 2**53
    G.r = [0.5, 0.0]
    states = snn.StateMonitor(G, "k", record=True)
    with pytest.warns(NotFiniteWarning, match="k"):
        snn.Network(G, states).run(0.2)
    for read in (lambda: G.k[:], lambda: states.k, lambda: G.k["i == 0"]):
        with pytest.raises(ParameterError, match=r"a value of k is inf; k is declared as integer"):
            read()
