"""How users' objects are shown, and what completion offers of them."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

import distsnn as snn
from distsnn import Hz, ms, mV, pA
from distsnn.describe.checks.settable import Settable
from tests.public_objects import Everything


class _Balance(HTMLParser):
    """Raises where a tag is closed that is not open, and keeps the text of all cells."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:  # noqa: ARG002 - its signature
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.cells.append(data)


def _cells(html: str) -> list[str]:
    read = _Balance()
    read.feed(html)
    assert not read.open
    return read.cells


@pytest.fixture(scope="module")
def network() -> dict[str, Any]:
    text = "dv/dt = (I_0 - v)/tau_m : 1\nI_0 : 1\ntau_m : second (constant)"
    G = snn.NeuronGroup(3, text, threshold="v > 1", reset="v = 0", refractory=2 * ms, name="G")
    G.tau_m = 10 * ms
    cells = snn.NeuronGroup(1000, snn.LIF(V_th=-50 * mV), name="cells")
    exc = snn.Exponential(tau=5 * ms)
    S = snn.Synapses(cells, cells, exc, weight=20 * pA, delay=1 * ms, name="S")
    S.connect(p=0.1)
    T = snn.Synapses(G, G, "w : 1", on_pre="v_post += w", name="T", recognize=False)
    T.connect()
    P = snn.PoissonInput(cells, exc, 10, 8 * Hz, 20 * pA, name="P")
    M = snn.SpikeMonitor(cells, name="M")
    V = snn.StateMonitor(G, "v", record=[0], name="V")
    before = {x.name: repr(x) for x in (S, T)}
    net = snn.Network(G, cells, S, T, P, M, V)
    before["net"] = repr(net)
    summary = net.run(10 * ms)
    return {**locals(), "before": before}


def test_of_objects_that_have_not_run(network: dict[str, Any]) -> None:
    before = network["before"]
    assert before["S"] == (
        "<Synapses 'S': from cells, to cells, receptor Exponential(tau=5.0, output=CUBA()), "
        "synapses about 100,000, which the first run draws, "
        "connect Bernoulli>"
    )
    assert before["T"] == (
        "<Synapses 'T': from G, to G, variables w (1), delay (ms), pre v_post += w, synapses 9, "
        "connect AllToAll>"
    )
    assert "t 0 ms, dt 0.1 ms, seed 0, state not built" in before["net"]
    unnamed = snn.PoissonGroup(5, 10 * Hz)
    assert repr(unnamed) == "<PoissonGroup: N 5>"
    assert not unnamed.is_named


def test_of_objects_that_have_run(network: dict[str, Any]) -> None:
    assert repr(network["G"]) == (
        "<NeuronGroup 'G': N 3, model equations, variables v (1), I_0 (1), tau_m (second), "
        "threshold v > 1, reset v = 0, refractory 2.0*ms>"
    )
    assert repr(network["cells"][5:10]).startswith("<Subgroup cells[5:10]: N 5, of <NeuronGroup")
    assert repr(network["S"]).endswith("connect Bernoulli, act by table>")
    assert "act by generated code, since they were made with recogn" in repr(network["T"])
    assert repr(network["P"]) == ("<PoissonInput 'P': target cells, N 10, rate 8 Hz, weight 20 pA>")
    n = network["summary"].spikes
    assert repr(network["M"]) == f"<SpikeMonitor 'M': source cells, recorded {n:,} spikes>"
    assert repr(network["V"]) == ("<StateMonitor 'V': source G, variables v, recorded 100 times>")
    assert "2 groups, 2 synapses, 1 input, 2 monitors, t 10 ms" in repr(network["net"])
    assert "state built" in repr(network["net"])


def test_tables_and_formulas_for_notebooks(network: dict[str, Any]) -> None:
    cells = _cells(network["G"]._repr_html_())
    assert cells[:5] == ["NeuronGroup 'G'", "N", "3", "model", "equations"]
    assert cells[-1] == (
        r"$$\begin{aligned} \frac{d v}{dt} &= \frac{I_{0} - v}{\tau_{m}} \end{aligned}$$"
    )
    assert "PoissonInput 'P'" in _cells(network["net"]._repr_html_())
    text = snn.Equations("dg/dt = -g/tau : 1 (event-driven)", tau=10 * ms)
    assert _cells(text._repr_html_())[1:3] == ["tau", "10"]
    # A flag that no object has.
    assert snn.Equations("v : 1 (unheard of)")._repr_html_() is None
    with pytest.raises(snn.DistsnnError, match="the unit is missing"):
        snn.Equations("no equation")


def test_of_a_run(network: dict[str, Any]) -> None:
    summary = network["summary"]
    assert repr(summary).startswith("<RunSummary: 10 ms in ")
    assert len(repr(summary)) < 200
    cells = _cells(summary._repr_html_())
    printed = str(summary)
    assert cells[2] == printed.splitlines()[0]
    assert {"phase", "deliver", "update"} <= set(cells)
    assert all(remark in "; ".join(cells) for remark in printed.splitlines()[12:])


def test_of_everything_public() -> None:
    """One line of bounded length and a whole table; completion offers what there is."""
    for name, thing in Everything().parts.items():
        if not isinstance(thing, Settable) or isinstance(thing, str):
            continue
        shown = repr(thing)
        assert "\n" not in shown, name
        assert len(shown) < 1000, name
        if hasattr(thing, "_repr_html_"):
            _cells(thing._repr_html_())
        offered = [a for a in dir(thing) if not a.startswith("_")]
        internal = {a for kind in type(thing).__mro__ for a in vars(kind).get("INTERNAL", ())}
        assert not internal & set(offered), name
        # A renamed method would stay on offer.
        assert [a for a in internal if not hasattr(type(thing), a) and a not in vars(thing)] == []


def test_completion_offers_variables(network: dict[str, Any]) -> None:
    assert {"v", "I_0", "tau_m", "t", "N"} <= set(dir(network["G"]))
    assert {"V_m", "I_e", "C_m"} <= set(dir(network["cells"]))
    assert {"w", "i", "j", "delay", "connect", "v_post"} <= set(dir(network["T"]))
    assert "v" in dir(network["V"])
