"""A network settles before its delays or rules are others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.synapses import AddToReceptor, SynapsesDescription
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


def settle_all(
    built: BuiltNetwork, names: Mapping[str, bool], now: NetworkDescription
) -> Callable[[], None]:
    """Let what is under way keep the delays and rules that it had. Collective.

    Parameters
    ----------
    names : mapping of str to bool
        See `distsnn.describe.set_between_runs.set_otherwise`.
    now : NetworkDescription
        With what has been set.

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
    own = {s.name for s in now.synapses if _has_own_times(s)}
    separate = [
        projection.name
        for synapses in built.build.description.synapses
        if synapses.name in own.intersection(names) and not _has_own_times(synapses)
        for projection in synapses.projections
    ]
    undone = built.team.run(lambda of: settle(built.workers[of.thread].engine, whole, separate))

    def undo() -> None:
        for one in undone:
            one()

    return undo


def _has_own_times(synapses: SynapsesDescription) -> bool:
    """Whether each synapse has its own time constants of a rule."""
    rule = synapses.effect.stdp if isinstance(synapses.effect, AddToReceptor) else None
    return rule is not None and rule.separate
