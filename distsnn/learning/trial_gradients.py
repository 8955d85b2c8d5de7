"""Gradients of networks with trials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from distsnn.exchange import current_world, raising_together
from distsnn.front.network.network import Network
from distsnn.front.network.network_state import NetworkState
from distsnn.front.network.trials.trial_values import TrialValues
from distsnn.learning.gradient import Gradient


def of_all_trials(network: Network, back: Callable[[NetworkState, int], Gradient]) -> Gradient:
    """The gradient of all trials, and in it those of each. Collective.

    Parameters
    ----------
    network : Network
    back : callable
        Goes back through a trial, in its turn, and gives its gradient on all ranks that run it.
    """
    values, world = network._values, current_world()
    assert isinstance(values, TrialValues)
    mine: dict[int, dict[str, Any]] = {}
    with raising_together(world, "Adjoint.backward"):
        for trial in values.local:
            with values.turn(trial) as state:
                found = back(state, trial)
            mine[trial] = {x.name: getattr(found, x.name) for x in fields(found)}
            del mine[trial]["_network"]
    if values.parts > 1:
        # Ranks that run the same trials have the same gradients.
        first = values.world is None or values.world.rank == 0
        of_ranks = world.allgather_object(mine if first else {})
        mine = {trial: one for of_rank in of_ranks for trial, one in of_rank.items()}
    trials = [Gradient(_network=network, **mine[trial]) for trial in sorted(mine)]
    total = trials[0]
    for one in trials[1:]:
        # In the order of trials, on any number of ranks.
        total = replace(
            total,
            value=total.value + one.value,
            n_bounded=total.n_bounded + one.n_bounded,
            _synapses=_added(total._synapses, one._synapses),
            _currents=_added(total._currents, one._currents),
            _constants={g: _added(x, one._constants[g]) for g, x in total._constants.items()},
            _untraced=total._untraced | one._untraced,
        )
    return replace(total, _trials=trials)


def _added(a: Mapping[Any, Any], b: Mapping[Any, Any]) -> dict[Any, Any]:
    return {key: value + b[key] for key, value in a.items()}
