"""A script of PyNEST that sets refractory periods between runs."""

from __future__ import annotations

from typing import Any

import numpy as np


def periods(nest: Any) -> tuple[np.ndarray, list[float]]:
    """Times and senders of spikes of neurons whose periods become longer or shorter, and these.

    Other neurons spike at set times, which are set anew, too.
    """
    nest.ResetKernel()
    forced = nest.Create("iaf_psc_delta", 2, {
        "ignore_and_spike": True, "ignore_and_spike_offset": [5.0, 0.1],
        "ignore_and_spike_interval": [10.0, 0.9]})  # fmt: skip
    cells = nest.Create("iaf_psc_exp", 6, {"I_e": [500.0, 700.0, 900.0, 2000.0, 3000.0, 9000.0]})
    others = nest.Create("hh_psc_alpha", 2, {"I_e": [900.0, 1500.0]})
    recorder = nest.Create("spike_recorder")
    nest.Connect(cells + others + forced, recorder)
    nest.Connect(forced, cells, syn_spec={"weight": 20.0})
    found: list[float] = []
    nest.Simulate(20.3)
    for length, time in ((5.0, 7.7), (0.4, 0.9), (3.0, 1.4), (1.0, 0.3), (4.0, 30.0)):
        cells.t_ref = length
        others.t_ref = 0.5 * length
        found += [*cells.t_ref, *others.t_ref]
        nest.Simulate(time)
    cells[1:3].t_ref = [0.3, 6.0]
    forced[0].ignore_and_spike_offset = 0.4
    forced[1].ignore_and_spike_interval = 3.3
    nest.Simulate(20.0)
    found += cells.t_ref
    events = recorder.events
    spikes = np.stack([np.asarray(events[name]) for name in ("times", "senders")])
    return spikes[:, np.lexsort(spikes[::-1])], found
