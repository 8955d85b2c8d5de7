"""A network settles before its delays or rules are others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from distsnn.errors import ParameterError
from distsnn.front.network.built_network import BuiltNetwork
from distsnn.run.state.settling import settle


def check_can_be_set(built: BuiltNetwork, names: Collection[str]) -> None:
    """Raise ParameterError if the network cannot take over what was set."""
    if names and built.base.changes:
        raise ParameterError(
            "Network",
            f"delays or rules of {next(iter(names))} were set after the time step was changed",
            "they are set between runs of one time step",
            "set them before, or make a new Network",
        )


def settle_all(built: BuiltNetwork, names: Mapping[str, bool]) -> Callable[[], None]:
    """Let what is under way keep the delays and rules that it had. Collective.

    Parameters
    ----------
    names : mapping of str to bool
        See `distsnn.describe.synapses.set_between_runs.set_otherwise`.

    Returns
    -------
    callable
        Undoes it.
    """
    whole = {
        projection.name: names[synapses.name]
        for synapses in built.build.description.synapses
        if synapses.name in names
        for projection in synapses.projections
    }
    undone = built.team.run(lambda of: settle(built.workers[of.thread].engine, whole))

    def undo() -> None:
        for one in undone:
            one()

    return undo
