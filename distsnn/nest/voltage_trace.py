"""Potentials that voltmeters have recorded over time, as ``nest.voltage_trace``."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.errors import ParameterError
from distsnn.nest.nodes.collection import NodeCollection
from distsnn.nest.recorded_rows import recorded_rows

__all__ = ["from_device", "from_file"]


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
    events = detec.get("events")
    if "V_m" not in events:
        raise ParameterError(
            "nest.voltage_trace", "the device has not recorded V_m", "potentials are drawn",
            "let it record V_m",
        )  # fmt: skip
    columns = np.stack([np.asarray(events[name]) for name in ("senders", "times", "V_m")])
    return _draw(columns, neurons, title, grayscale, timeunit)


def from_file(fname: Any, title: str | None = None, grayscale: bool = False) -> Any:
    """Draw the potentials in one or several files of voltmeters; see `from_device`."""
    rows = recorded_rows(fname)
    return _draw(rows.T[:3], None, title, grayscale, "ms")


def _draw(
    columns: np.ndarray, neurons: Any, title: str | None, grayscale: bool, timeunit: str
) -> Any:
    """Draw senders, times (ms) and potentials (mV), float64 (3, n)."""
    from matplotlib import pyplot as plt  # noqa: PLC0415 - an extra that takes long to import

    senders, times, potentials = columns
    chosen = np.unique(senders).astype(int) if neurons is None else np.asarray(neurons).reshape(-1)
    if not chosen.size:
        raise ParameterError(
            "nest.voltage_trace", "nothing was recorded", "potentials are drawn", "simulate longer"
        )
    scale = 1e-3 if timeunit == "s" else 1.0
    lines = []
    for gid in chosen.tolist():
        own = senders == gid
        label = f"Neuron {gid}"
        color = "k" if grayscale else None
        lines += plt.plot(times[own] * scale, potentials[own], label=label, color=color)
    plt.title("Membrane potential" if title is None else title)
    plt.ylabel("Membrane potential (mV)")
    plt.xlabel(f"Time ({timeunit})")
    plt.legend(loc="best")
    return lines
