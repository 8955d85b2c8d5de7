"""Networks in the runs that a gradient goes back through: the same from the first to the last."""

from __future__ import annotations

from typing import Any

from distsnn.describe.groups import NeuronDescription
from distsnn.describe.network_description import NetworkDescription
from distsnn.errors import UnsupportedError
from distsnn.front.network.network import Network


class RunHistory:
    """The description of a network in each of its runs since the first step.

    Trials have values of their own, and are not looked at. Copies of monitors for each of them
    note runs here.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._runs: list[tuple[int, NetworkDescription]] = []

    def __deepcopy__(self, memo: dict[int, Any]) -> RunHistory:
        return self

    def note(self, first: int) -> None:
        """Note a run that has begun with a step; later ones of before are gone."""
        built = self._network._state.built
        if built is not None and self._network.trials is None:
            self._runs = [(step, known) for step, known in self._runs if step < first]
            self._runs.append((first, built.build.description))

    def check(self) -> None:
        """Raise UnsupportedError if neurons or synapses were set between two runs."""
        for (_, before), (step, now) in zip(self._runs, self._runs[1:], strict=False):
            if before is not now and (name := _changed(before, now)):
                raise UnsupportedError(
                    "Adjoint.backward",
                    f"{name} was set at {step * now.dt:g} ms, within the run",
                    "a gradient is that of one run, in which weights, delays, parameters and "
                    "states are set at the begin",
                    "set it before the first run, or go back with restore() and set it then",
                )


def _changed(before: NetworkDescription, now: NetworkDescription) -> str | None:
    """Name of an object of which something was set."""
    sizes = [(len(x.groups), len(x.projections)) for x in (before, now)]
    if sizes[0] != sizes[1]:
        return "the network"
    for known, group in zip(before.groups, now.groups, strict=True):
        # Sources may have other spikes, which are recorded.
        neurons = isinstance(group, NeuronDescription) and known is not group
        if neurons and known.content() != group.content():
            return group.name
    for old, new in zip(before.projections, now.projections, strict=True):
        if old.weight is not new.weight or old.delay is not new.delay:
            return new.name
        if old.dendritic is not new.dendritic:
            return new.name
    return None
