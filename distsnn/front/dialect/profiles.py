"""Profiles of runs, as ``run(profile=True)`` and ``profiling_summary`` of Brian 2."""

from __future__ import annotations

from typing import Any

from distsnn.display.card import Card
from distsnn.errors import ParameterError
from distsnn.front.names.scope import last_run


class ProfilingSummary:
    """The phases of a run that took longest; print it.

    Parameters
    ----------
    profile : list of (str, float)
        Phases and their wall times (ms).
    show : int or None
        How many are shown; None for all.
    """

    def __init__(self, profile: list[tuple[str, float]], show: int | None = None) -> None:
        total = sum(time for _, time in profile) or 1.0
        self._rows = tuple(
            (name, f"{time * 1e-3:.3f} s {time / total:7.1%}") for name, time in profile[:show]
        )

    def __str__(self) -> str:
        return "\n".join(["Profiling summary", *(f"{name:20}{text}" for name, text in self._rows)])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return Card("Profiling summary", self._rows).html


def profiling_summary(net: Any = None, show: int | None = None) -> ProfilingSummary:
    """The profile of the last run of a network that was run with ``profile=True``.

    Parameters
    ----------
    net : Network, optional
        By default that which ran last.
    show : int, optional
        How many phases are shown, by default all.

    Raises
    ------
    ParameterError
        If there is no profile.
    """
    network = last_run() if net is None else net
    if network is None:
        raise ParameterError(
            "profiling_summary", "there has been no run", "run(..., profile=True) makes a profile",
            "run a network so",
        )  # fmt: skip
    try:
        info = network.profiling_info
    except AttributeError:
        raise ParameterError(
            "profiling_summary", f"net={net!r}", "net is a Network or magic_network", "correct net"
        ) from None
    if show is not None and (isinstance(show, bool) or not isinstance(show, int) or show < 1):
        raise ParameterError(
            "profiling_summary", f"show={show!r}", "show is a whole number >= 1", "correct show"
        )
    return ProfilingSummary(info, show)
