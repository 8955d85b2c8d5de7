"""Random networks of everything that ends in a checkpoint, as scripts that change between runs.

`random_network` draws one: built-in neurons and equations, all inputs, synapses of every kind
(static, dense, STP, STDP, in tables, recognized, generated), monitors, and statements that set
values after the first and after the second run. A script names its objects, so that a failing one
is short enough to be read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

# In steps that fall into the middle of exchange intervals.
TIMES = (7.3, 9.2, 8.5)
_HEAD = "from distsnn import *\nimport distsnn as snn, numpy as np\nstart_scope()"


@dataclass
class RandomNetwork:
    """Lines that describe a network, what is set after each of the first runs, and its results.

    Parameters
    ----------
    lines : list of str
        The description; the network is called ``net``.
    changes : two lists of str
        Statements.
    results : list of str
        Expressions.
    """

    lines: list[str] = field(default_factory=list)
    changes: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))
    results: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        runs = [f"net.run({time})" for time in TIMES]
        between = ["\n".join(change) for change in self.changes]
        return "\n".join([_HEAD, *self.lines, runs[0], between[0], runs[1], between[1], runs[2]])

    def part(
        self, first: int, last: int, load: Path | None = None, save: Path | None = None
    ) -> dict[str, bytes]:
        """Do the actions ``first <= number < last`` from a checkpoint on; what was found then.

        The actions are run, change, run, change, run.
        """
        names: dict[str, Any] = {}
        exec("\n".join([_HEAD, *self.lines]), names)
        net = names["net"]
        if load is not None:
            net.load(load)
        for number in range(first, last):
            if number % 2 == 0:
                net.run(TIMES[number // 2])
            else:
                exec("\n".join(self.changes[number // 2]), names)
        if save is not None:
            net.save(save)
        return {one: np.asarray(eval(one, names)).tobytes() for one in self.results}


class _Draw:
    """Draws one network."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.made = RandomNetwork()
        self.objects: list[str] = []
        # What may be set between runs.
        self.settable: list[list[str]] = []

    def add(self, name: str, line: str, settable: list[str]) -> None:
        self.made.lines.append(f"{name} = {line}")
        self.objects.append(name)
        if settable:
            self.settable.append(settable)

    def number(self, low: float, high: float) -> float:
        return round(self.rng.uniform(low, high), 3)

    def choice(self, *values: str) -> str:
        return self.rng.choice(values)


def random_network(seed: int) -> RandomNetwork:
    """Draw a network.

    Parameters
    ----------
    seed : int
        What it is drawn from.

    Returns
    -------
    RandomNetwork
    """
    draw = _Draw(seed)
    _neurons(draw)
    _inputs(draw)
    kinds: list[Callable[[_Draw, str], None]] = [*_BUILT_IN, *_EQUATIONS]
    some = [draw.rng.choice(_BUILT_IN), draw.rng.choice(_EQUATIONS), draw.rng.choice(kinds)]
    for n, kind in enumerate(some):
        kind(draw, f"S{n}")
    _monitors(draw)
    made = draw.made
    made.lines.append(f"net = Network({', '.join(draw.objects)}, seed={draw.rng.randrange(99)})")
    for change in made.changes:
        for settable in draw.rng.sample(draw.settable, k=min(4, len(draw.settable))):
            change.append(draw.rng.choice(settable))
    return made


def _neurons(draw: _Draw) -> None:
    n = draw.rng.randint(9, 40)
    drive = draw.choice(f"{draw.number(380, 450)}", f"snn.Uniform(330.0, {draw.number(400, 500)})")
    t_ref = draw.choice("2.0", "0.35", f"np.linspace(0.3, 3.0, {n})")
    draw.add(
        "cells",
        f'NeuronGroup({n}, LIF(I_e={drive}, t_ref={t_ref}), name="cells")',
        [
            f"cells.I_e = {draw.number(350, 480)}",
            "cells.I_e = snn.Uniform(330.0, 470.0)",
            "cells.I_e = '(350 + 90*rand())*pA'",
            "cells.I_e[cells.V_m > -62] = 433.0",
            f"cells.I_e = np.linspace(350.0, 430.0, {n})",
            "cells[2:7].I_e = 444.0",
        ],
    )
    draw.settable.append(
        [
            "cells.V_m = '(-70 + 14*rand())*mV'",
            "cells.V_m['i > 3'] = -57.5",
            "cells[1:8].V_m = snn.Uniform(-70.0, -56.0)",
            "cells.V_m[::2] = '-60*mV - rand()*mV'",
            "cells.V_m[3] = -55.5",
        ]
    )
    draw.made.lines += [
        "cells.V_m = snn.Uniform(-70.0, -56.0)",
        'exc = Exponential(4.0, name="exc")',
        'slow = Exponential(9.0, COBA(0.0), name="slow")',
        "delta = Delta()",
    ]
    n = draw.rng.randint(5, 23)
    noise = draw.choice("", " + 0.1*xi/sqrt(ms)")
    refractory = draw.choice("refractory=1*ms, ", "refractory='v > 0.95', ", "")
    held = " (unless refractory)" if refractory else ""
    draw.add(
        "G",
        f'NeuronGroup({n}, """dv/dt = (I - v + g)/(10*ms){noise} : 1{held}\n'
        'dg/dt = -g/(5*ms) : 1\nI : 1\ntotal : 1\nk : integer""", '
        f'threshold="v > 1 + 0.01*(k % 3)", reset="v = 0; k += 1", {refractory}'
        'method="euler", name="G")',
        [
            "G.v = 'rand()'",
            "G.I = '1.1 + 0.5*rand()'",
            "G.I['v > 0.5'] = 1.5",
            "G.v[2] = 0.3",
            "G[1:4].I = 1.4",
            f"G.I = np.linspace(1.0, 2.0, {n})",
            "G.g = '0.2*rand() + 0.01*i'",
            "G.k = 'i % 4'",
        ],
    )
    draw.made.lines += ["G.I = '1.1 + 0.6*rand()'", "G.v = 'rand()'"]
    draw.made.results += ["cells.V_m", "cells.I_e", "G.v", "G.g", "G.total", "G.k", "G.I"]


def _inputs(draw: _Draw) -> None:
    n = draw.rng.randint(3, 11)
    rates = draw.choice("60*Hz", f"np.linspace(20, 200, {n})*Hz", "'(20 + 9*i)*Hz'")
    draw.add(
        "P",
        f'PoissonGroup({n}, rates={rates}, name="P")',
        [
            "P.rates = 150*Hz",
            f"P.rates = np.linspace(5, 250, {n})*Hz",
            "P.rates = '(30 + 20*i)*Hz'",
            "P.rates = snn.Uniform(0.0, 0.2)",
        ],
    )  # fmt: skip
    draw.add(
        "given",
        'SpikeGeneratorGroup(3, [0, 1, 2, 0, 2], [1.0, 6.0, 9.03, 14.0, 19.0]*ms, name="given")',
        ["given.set_spikes([0, 2, 1], [17.3, 18.01, 22.0]*ms)"],
    )
    if draw.rng.random() < 0.5:
        draw.add(
            "background",
            'PoissonInput(cells, exc, N=300, rate=4*Hz, weight=15.0, name="background")',
            ["background.rate = 9*Hz", "background.rate = 0*Hz", "background.weight = 22.0"],
        )
    if draw.rng.random() < 0.5:
        draw.add(
            "drive",
            "PoissonInput(G, 'g', N=20, rate=40*Hz, weight=0.02, name=\"drive\")",
            ["drive.rate = 90*Hz", "drive.weight = 0.05"],
        )


def _rule(draw: _Draw) -> str:
    return draw.choice("p=0.4", "p=1.0", "FixedIndegree(3)", "FixedOutdegree(2)",
                       "FixedTotalNumber(30)", "condition='(i + 2*j) % 3 != 1'",
                       "condition='i != j', p=0.6", "j='(2*i + 1) % N_post'")  # fmt: skip


def _delay(draw: _Draw) -> str:
    return draw.choice("1.5", "snn.Uniform(0.3, 3.0)", "0.7", "'(0.4 + 0.1*(j % 5))*ms'")


def _built_in(draw: _Draw, name: str, options: str, positive: bool = False) -> None:
    """Built-in synapses onto `cells`."""
    source = draw.choice("cells", "cells[2:8]", "P", "given", "G")
    target = draw.choice("cells", "cells[:7]")
    receptor = draw.choice("exc", "slow") if positive else draw.choice("exc", "slow", "delta")
    scale = {"exc": 40.0, "slow": 3.0, "delta": 1.5}[receptor]
    unit = {"exc": "pA", "slow": "nS", "delta": "mV"}[receptor]
    weight = draw.choice(f"snn.Uniform(0.0, {scale})", f"{scale}", f"'{scale}*rand()*{unit}'")
    draw.add(
        name,
        f"Synapses({source}, {target}, {receptor}, weight={weight}, "
        f'delay={_delay(draw)}{options.format(w_max=2 * scale, step=0.1 * scale)}, name="{name}")',
        [
            f"{name}.w = {0.7 * scale}",
            f"{name}.w = '{scale}*rand()*{unit}'",
            f"{name}.w['j > 3'] = {0.2 * scale}",
            f"{name}.w = {scale}*np.abs(np.cos(np.arange(len({name}))))",
            f"{name}.w[1] = {0.9 * scale}",
            f"{name}.w['i < 3'] = '{scale}*(0.1 + rand())*{unit}'",
        ],
    )
    draw.made.lines.append(f"{name}.connect({_rule(draw)})")
    draw.made.results.append(f"{name}.w")


def _static(draw: _Draw, name: str) -> None:
    _built_in(draw, name, draw.choice("", ", storage='dense'"))


def _short_term(draw: _Draw, name: str) -> None:
    _built_in(draw, name, draw.choice(", stp=STP(0.4, 80.0, 20.0)", ", stp=STD(tau=50.0, U=0.5)"))


def _plastic(draw: _Draw, name: str) -> None:
    rule = draw.choice(
        "STDP({step}, {step}, w_max={w_max})",
        "STDP({step}, {step}, w_max={w_max}, pairing='presynaptic_centered')",
        "TripletSTDP('full', {step}, {step}, {step}, {step}, w_max={w_max})",
    )
    more = draw.choice("", ", dendritic_delay=snn.Uniform(0.1, 2.0)", ", stp=STP(0.5, 20.0, 30.0)")
    _built_in(draw, name, f", stdp={rule}{more}", positive=True)


def _equations(draw: _Draw, name: str, model: str, on_pre: str, on_post: str = "") -> None:
    """Synapses with equations onto `G`."""
    source = draw.choice("cells", "cells[2:8]", "P", "given", "G", "G[1:5]")
    post = f", on_post={on_post!r}" if on_post else ""
    draw.add(
        name,
        f'Synapses({source}, G, {model!r}, on_pre={on_pre!r}{post}, name="{name}")',
        [
            f"{name}.w = 0.07",
            f"{name}.w = '0.1*rand()'",
            f"{name}.w['i > 2'] = 0.05",
            f"{name}.w = 0.1*np.abs(np.cos(np.arange(len({name}))))",
            f"{name}.w[0, :] = 0.2",
            f"{name}.w[:3] = '0.1*rand() + 0.01*j'",
        ],
    )
    delay = draw.choice("1.2*ms", "'(0.3 + 2*rand())*ms'", "'(0.4 + 0.1*(j % 5))*ms'")
    draw.made.lines += [
        f"{name}.connect({draw.choice('p=0.5', '', 'condition=' + repr('i != j'))})",
        f"{name}.w = {draw.choice('0.08', repr('0.1*rand()'), 'snn.Uniform(0.0, 0.1)')}",
        f"{name}.delay = {delay}",
    ]
    draw.made.results += [f"{name}.w", f"{name}.delay"]


def _tabulated(draw: _Draw, name: str) -> None:
    _equations(draw, name, "w : 1", draw.choice("g_post += w", "v_post += w"))


def _recognized(draw: _Draw, name: str) -> None:
    _equations(
        draw,
        name,
        "w : 1\ndA/dt = -A/(9*ms) : 1 (event-driven)\ndB/dt = -B/(8*ms) : 1 (event-driven)",
        "g_post += w; A += 0.01; w = clip(w + B, 0, 0.3)",
        "B -= 0.01; w = clip(w + A, 0, 0.3)",
    )


def _generated(draw: _Draw, name: str) -> None:
    _equations(
        draw,
        name,
        "w : 1\nu : 1\nn : integer\ndA/dt = -A/(9*ms) : 1 (event-driven)",
        "g_post += w*rand(); A += 1; n += 1; u = 0.9*u + 0.01*v_post",
        draw.choice("", "w = clip(w + 0.002*A - 0.001*rand(), 0, 0.3)"),
    )
    draw.settable.append([f"{name}.u = 'rand()'", f"{name}.A = 0.5", f"{name}.n['j > 1'] = 7"])
    draw.made.results += [f"{name}.u", f"{name}.A", f"{name}.n"]


def _summed(draw: _Draw, name: str) -> None:
    if any("total_post" in line for line in draw.made.lines):
        # A variable is the sum over one object's synapses.
        _generated(draw, name)
        return
    _equations(
        draw,
        name,
        "w : 1\nc : 1\ndb/dt = (v_post - b)/(9*ms) : 1 (clock-driven)\n"
        "total_post = b*c : 1 (summed)",
        "g_post += w*b; c += 0.01",
    )
    draw.settable.append([f"{name}.b = 'rand()'", f"{name}.c['j > 1'] = 0.3"])
    draw.made.results += [f"{name}.b", f"{name}.c"]


_BUILT_IN = [_static, _short_term, _plastic]
_EQUATIONS = [_tabulated, _recognized, _generated, _summed]


def _monitors(draw: _Draw) -> None:
    for group in ("cells", "G", "P", "given"):
        draw.add(f"m_{group}", f'SpikeMonitor({group}, name="m_{group}")', [])
        draw.made.results += [f"m_{group}.t", f"m_{group}.i"]
    draw.add("rate", 'PopulationRateMonitor(cells[1:7], name="rate")', [])
    record = draw.choice("True", "[3, 0]", "slice(1, 4)")
    dt = draw.choice("", "dt=0.7*ms, ")
    draw.add("trace", f'StateMonitor(G, ["v", "g"], record={record}, {dt}name="trace")', [])
    draw.made.results += ["rate.rate", "trace.v", "trace.g", "trace.t"]
