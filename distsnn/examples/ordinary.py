"""Small networks of ordinary kinds, which between them need the kernels of most others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import distsnn as snn
from distsnn.examples import brunel, coba, cuba, microcircuit, plastic


def ordinary() -> Iterator[tuple[str, snn.Network]]:
    """Name and network of each kind."""
    yield "brunel", brunel.network(scale=0.01)
    yield "microcircuit", microcircuit.network(scale=0.005)
    yield "plastic", plastic.network(scale=0.01)
    yield "cuba", cuba.network()
    yield "coba", coba.network()
    for rule in _rules():
        yield f"connected by {rule}", _connected(rule)
    yield "few synapses", _sparse()
    yield "equations", _equations()


def _rules() -> list[Any]:
    return [
        snn.FixedIndegree(5),
        snn.FixedOutdegree(5),
        snn.FixedTotalNumber(100),
    ]


def _connected(rule: Any) -> snn.Network:
    """Built-in neurons of each receptor with drawn weights and delays, STP and monitors."""
    cells = snn.NeuronGroup(60, snn.LIF(I_e=400.0), name="cells")
    cells.V_m = snn.Uniform(-70.0, -55.0)
    objects: list[Any] = [cells, snn.SpikeMonitor(cells), snn.PopulationRateMonitor(cells)]
    objects.append(snn.StateMonitor(cells, "V_m", record=[0, 1]))
    for weight, delay, stp in (
        (5.0, 1.5, None),
        (snn.Normal(5.0, 0.5), snn.Normal(1.5, 0.5, low=0.1), None),
        (snn.Uniform(1.0, 2.0), 1.0, snn.STP()),
    ):
        made = snn.Synapses(cells, cells, snn.Exponential(2.0), weight=weight, delay=delay, stp=stp)
        made.connect(rule)
        objects.append(made)
    return snn.Network(*objects, seed=1)


def _sparse() -> snn.Network:
    """A table in rows, with weights of sources and of synapses."""
    cells = snn.NeuronGroup(400, snn.LIF(I_e=400.0), name="cells")
    cells.V_m = snn.Uniform(-70.0, -55.0)
    objects: list[Any] = [cells]
    for weight in (5.0, snn.Normal(5.0, 0.5)):
        made = snn.Synapses(
            cells, cells, snn.Exponential(2.0), weight=weight, delay=snn.Uniform(0.5, 5.0)
        )
        made.connect(snn.FixedIndegree(5))
        objects.append(made)
    return snn.Network(*objects, seed=1)


def _equations() -> snn.Network:
    """Equations with noise, sources, and statements that are not recognized."""
    cells = snn.NeuronGroup(
        50, "dv/dt = -v/(10*ms) + 0.1*xi*ms**-0.5 : 1", threshold="v > 1", reset="v = 0",
        refractory="2*ms", method="euler", name="cells",
    )  # fmt: skip
    cells.v = "rand()"
    sources = snn.PoissonGroup(50, rates=20 * snn.Hz, name="sources")
    learned = snn.Synapses(
        sources, cells, "w : 1\ndapre/dt = -apre/(20*ms) : 1 (event-driven)",
        on_pre="v_post += w\napre += 0.01", on_post="w = clip(w + apre, 0, 1)",
    )  # fmt: skip
    learned.connect(p=0.5)
    learned.w = "rand()"
    given = snn.SpikeGeneratorGroup(2, [0, 1], [0.5, 1.0], name="given")
    kicks = snn.Synapses(given, cells, on_pre="v_post += 0.1")
    kicks.connect()
    monitors = [snn.SpikeMonitor(sources), snn.StateMonitor(cells, "v", record=[0])]
    return snn.Network(cells, sources, given, learned, kicks, *monitors, seed=1)
