"""Potentials that voltmeters have recorded over time, as ``nest.voltage_trace``."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.errors import ParameterError
from distsnn.nest.nodes.collection import NodeCollection

__all__ = ["from_device"]


def from_device(
    detec: NodeCollection,
    neurons: Any = None,
    title: str | None = None,
    grayscale: bool = False,
    timeunit: str = "ms",
) -> Any:
    """Draw the potentials that one voltmeter or multimeter has recorded.

    Parameters
    ----------
    detec : NodeCollection
        One voltmeter, or multimeter that records ``V_m``.
    neurons : sequence of int, optional
        Global ids; all by default.
    title : str, optional
    grayscale : bool
    timeunit : "ms" or "s"

    Returns
    -------
    list of lines
    """
    from matplotlib import pyplot as plt  # noqa: PLC0415 - an extra that takes long to import

    events = detec.get("events")
    if "V_m" not in events:
        raise ParameterError(
            "nest.voltage_trace", "the device has not recorded V_m", "potentials are drawn",
            "let it record V_m",
        )  # fmt: skip
    senders = np.asarray(events["senders"])
    chosen = np.unique(senders) if neurons is None else np.asarray(neurons).reshape(-1)
    if not chosen.size:
        raise ParameterError(
            "nest.voltage_trace", "nothing was recorded", "potentials are drawn", "simulate longer"
        )
    scale = 1e-3 if timeunit == "s" else 1.0
    lines = []
    for gid in chosen.tolist():
        own = senders == gid
        times = np.asarray(events["times"])[own] * scale
        label = f"Neuron {gid}"
        color = "k" if grayscale else None
        lines += plt.plot(times, np.asarray(events["V_m"])[own], label=label, color=color)
    plt.title("Membrane potential" if title is None else title)
    plt.ylabel("Membrane potential (mV)")
    plt.xlabel(f"Time ({timeunit})")
    plt.legend(loc="best")
    return lines
