"""One network in which every public object takes part, for tests that walk all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import distsnn as snn
from distsnn import Hz, ms, mV, pA

# Not objects that scripts hold, or that are as open as those of Brian 2: errors, objects of users,
# and what scripts of Brian 2 set that has no meaning here.
ERRORS = {
    "BrianGlobalPreferences",
    "BrianLogger",
    "BrianObject",
    "DistsnnError",
    "Function",
    "MagicError",
    "MagicNetwork",
    "NetworkOperation",
    "ParameterError",
    "PreferenceError",
}


class Everything:
    """A network that has an object of every class, and the objects that it is described with.

    Attributes
    ----------
    parts : dict of str to object
        What belongs to the network, by a name for the test.
    values : dict of str to object
        What it is described with.
    network : Network
    """

    def __init__(self) -> None:
        snn.start_scope()
        cells = snn.NeuronGroup(4, snn.LIF(I_e=450 * pA), name="cells")
        texts = snn.NeuronGroup(
            4,
            snn.Equations("dv/dt = (I - v)/tau : 1\nI : 1\ny = 2*v : 1"),
            threshold="v > 1",
            reset="v = 0",
            namespace={"tau": 10 * ms},
            name="texts",
        )
        texts.I = "0.5 + 0.3*i"
        poisson = snn.PoissonGroup(4, rates=100 * Hz, name="poisson")
        spikes = snn.SpikeGeneratorGroup(4, [0, 1, 2, 3], [1, 2, 3, 4] * ms, name="spikes")
        exc = snn.Exponential(tau=5 * ms)
        static = snn.Synapses(poisson, cells, exc, weight=20 * pA, delay=1 * ms, name="static")
        static.connect()
        rule = snn.STDP(0.5 * pA, 0.4 * pA, w_max=100 * pA)
        plastic = snn.Synapses(cells, cells, exc, weight=30 * pA, delay=1 * ms, stdp=rule, name="S")
        plastic.connect(snn.AllToAll(autapses=False))
        written = snn.Synapses(
            spikes, texts, "w : 1\ndx/dt = -x/(10*ms) : 1 (clock-driven)", name="written",
            on_pre={"pre": "v_post += w", "second": "x += 0.1"},
        )  # fmt: skip
        written.connect(j="i")
        written.w, written.delay = 0.3, 1 * ms
        table = snn.Synapses(spikes, texts, "w : 1", on_pre="v_post += w", name="table")
        table.connect()
        table.w, table.delay = 0.1, 1 * ms
        self.parts: dict[str, Any] = {
            "cells": cells,
            "slice": cells[1:3],
            "texts": texts,
            "poisson": poisson,
            "spikes": spikes,
            "static": static,
            "plastic": plastic,
            "written": written,
            "pathway": written.second,
            "table": table,
            "table pathway": table.pre,
            "input": snn.PoissonInput(cells, exc, 10, 50 * Hz, 10 * pA, name="input"),
            "text input": snn.PoissonInput(texts, "v", 10, 50 * Hz, 0.01, name="text_input"),
            "spike monitor": snn.SpikeMonitor(cells, name="spike_monitor"),
            "rate monitor": snn.PopulationRateMonitor(cells, name="rate_monitor"),
            "event monitor": snn.EventMonitor(texts, "spike", name="event_monitor"),
            "state monitor": snn.StateMonitor(texts, "v", True, name="state_monitor"),
            "weight monitor": snn.WeightMonitor(plastic, dt=1 * ms, name="weight_monitor"),
        }
        whole = {k: p for k, p in self.parts.items() if "pathway" not in k and k != "slice"}
        self.network = snn.Network(*whole.values(), seed=3)
        self.parts["network"] = self.network
        self.parts["clock"] = snn.defaultclock
        self.parts["view"] = self.parts["state monitor"][0]
        self.values: dict[str, Any] = {
            "lif": cells.model,
            "adex": snn.AdEx(),
            "izhikevich": snn.Izhikevich(),
            "hh": snn.HH(),
            "squid": snn.HodgkinHuxley(),
            "mat": snn.MAT(),
            "gif": snn.GIF(),
            "adaptive": snn.AdaptiveLIF(),
            "model": snn.NeuronModel(),
            "parameter": snn.Parameter(1.0),
            "receptor": snn.Receptor(),
            "exponential": exc,
            "alpha": snn.Alpha(1.0),
            "delta": snn.Delta(),
            "increment": snn.Increment("v"),
            "cuba": snn.CUBA(),
            "coba": snn.COBA(0 * mV),
            "block": snn.MgBlock(0 * mV),
            "std": snn.STD(),
            "stp": snn.STP(),
            "stdp": rule,
            "triplet": snn.TripletSTDP(),
            "vogels": snn.VogelsSTDP(0.1, 5 * Hz),
            "all": snn.AllToAll(),
            "one": snn.OneToOne(),
            "pairs": snn.Pairs([0], [1]),
            "bernoulli": snn.Bernoulli(0.1),
            "indegree": snn.FixedIndegree(2),
            "outdegree": snn.FixedOutdegree(2),
            "total": snn.FixedTotalNumber(2),
            "distance": snn.BernoulliByDistance([0.0], [1.0], 0.5, scale=1.0),
            "rule": snn.ConnectionRule(),
            "draws": snn.Draws((1, 2)),
            "normal": snn.Normal(1.0, 1.0),
            "lognormal": snn.LogNormal(1.0, 1.0),
            "gamma": snn.Gamma(1.0, 1.0),
            "whole numbers": snn.Poisson(1.0),
            "binomial": snn.Binomial(3, 0.5),
            "uniform": snn.Uniform(0.0, 1.0),
            "per source": snn.PerSource([1.0, 2.0]),
            "matrix": snn.Matrix([[1.0, 0.0]]),
            "timed": snn.TimedArray([0.0, 1.0], dt=1 * ms),
            "file": snn.RecordingFile("no.h5"),
            "equations": snn.Equations("v : 1"),
            "own clock": snn.Clock(1 * ms),
            "event clock": snn.EventClock([1 * ms]),
        }

    def files(self, folder: Path) -> dict[str, Any]:
        """Run the network for 2 ms, and open what it has recorded."""
        traces = folder / "traces.h5"
        late = snn.StateMonitor(self.parts["texts"], "v", True, to=traces, name="late")
        self.network.add(late)
        summary = self.network.run(2 * ms, record=folder / "spikes.h5")
        self.network.write_weights(folder / "weights.h5")
        return {
            "summary": summary,
            "spike file": snn.SpikeFile(folder / "spikes.h5"),
            "report file": snn.ReportFile(traces),
            "edge file": snn.EdgeFile(folder / "weights.h5"),
        }
