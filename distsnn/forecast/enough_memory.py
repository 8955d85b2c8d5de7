"""Whether the memory of the hosts suffices for a network, asked before anything is allocated."""

from __future__ import annotations

import math
from dataclasses import dataclass

from distsnn.assemble.recognition.recognize import recognized
from distsnn.describe.network_description import NetworkDescription
from distsnn.describe.synapses.connection_rule import ConnectionRule
from distsnn.describe.synapses.projections import Slice
from distsnn.describe.synapses.rule_expressions import ExpressionRule
from distsnn.errors import NotEnoughMemoryError
from distsnn.exchange import World, raising_together
from distsnn.exchange.free_memory import Shortage, shortage
from distsnn.forecast.memory_budget import NetworkBudget

# Networks that cannot take more are not looked at any further.
_SMALL = 1 << 28
# Bytes of a neuron and a synapse: at most, with everything that building needs, and at least.
_MOST_OF_NEURON, _MOST_OF_SYNAPSE = 1000, 200
_LEAST_OF_NEURON, _LEAST_OF_SYNAPSE = 8, 2
# With statements a synapse has its two ends and their index while it is built.
_LEAST_WITH_STATEMENTS = 24
_WORD = 8
_UNITS = ((1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"))


@dataclass(frozen=True)
class TrialShare:
    """The trials of one rank.

    Attributes
    ----------
    trials : int
    rank, size : int
        Which one it is of the ranks that have the same trials, and how many these are.
    changing : bool
        Whether synapses may be state, which each trial has.
    """

    trials: int
    rank: int
    size: int
    changing: bool = False


def check_memory(
    world: World, description: NetworkDescription, threads: int, trials: TrialShare | None = None
) -> None:
    """Check that all ranks of each host together can build a network. Collective.

    Of small networks nothing is asked. Else what cannot be less and cannot be more is compared
    first, then the size of all arrays as ``distsnn plan`` counts them.

    Parameters
    ----------
    threads : int
        Of each rank.
    trials : TrialShare, optional
        The trials that this rank has, which share the synapses, and the ranks that have the same.

    Raises
    ------
    NotEnoughMemoryError
        On all ranks, if a host, a control group or a process has too little.
    """
    share = trials or TrialShare(1, world.rank, world.size)
    more = (share.trials - 1) * _MOST_OF_NEURON * description.size
    most = _most_bytes(description) + more
    if most * (world.size // share.size) <= _SMALL:
        return
    with raising_together(world, "building"):
        least = _least_bytes(recognized(description))
    _refuse(description, shortage(world, least / share.size), "at least ")
    if not share.changing and shortage(world, most / share.size) is None:
        return
    with raising_together(world, "building"):
        size = share.size * threads
        budget = NetworkBudget(description)
        part = budget.of_rank(share.rank * threads, size)
        needed = threads * (part.built + part.building + (share.trials - 1) * part.of_trial)
        if share.size == 1:
            # After a run every state can be read, from copies.
            needed += _WORD * budget.n_states * share.trials
    _refuse(description, shortage(world, needed))


def _most_bytes(description: NetworkDescription) -> float:
    """Bytes that a network takes at the most, on all ranks together."""
    rules = [(r, s.source, s.target, s.shift) for s in description.synapses for r in s.rules]
    synapses = sum(r.most_number(i.size, j.size, shift) for r, i, j, shift in rules)
    return _MOST_OF_NEURON * description.size + _MOST_OF_SYNAPSE * synapses


def _least_bytes(description: NetworkDescription) -> float:
    """Bytes that a network takes at least, on all ranks together; its synapses are recognized."""
    total = float(_LEAST_OF_NEURON) * description.size
    for s in description.synapses:
        each = _LEAST_WITH_STATEMENTS if s.needs_code else _LEAST_OF_SYNAPSE
        total += sum(each * _known(rule, s.source, s.target, s.shift) for rule in s.rules)
    return total


def _known(rule: ConnectionRule, source: Slice, target: Slice, shift: int | None) -> float:
    """Synapses of a rule as far as they are known without evaluating an expression."""
    number = rule.expected_number(source.size, target.size, shift)
    if not math.isnan(number):
        return number
    if isinstance(rule, ExpressionRule) and rule.text == "True" and not rule.p:
        return float(source.size) * target.size * rule.copies
    return 0.0


def _refuse(description: NetworkDescription, short: Shortage | None, about: str = "") -> None:
    if short is None:
        return
    who = "1 rank" if short.ranks == 1 else f"{short.ranks} ranks"
    needed, free = _text(short.needed), _text(short.free.n_bytes)
    raise NotEnoughMemoryError(
        "Network",
        f"it needs {about}{needed} of memory for {who}, and {free} are free {short.free.what}",
        f"its {description.size:,} neurons with their synapses are counted as by 'distsnn plan'",
        "Use more nodes or a smaller network, or go on all the same with run(..., force=True) "
        "(--force on the command line)",
        needed=short.needed,
        free=short.free.n_bytes,
    )


def _text(n_bytes: float) -> str:
    for size, unit in _UNITS:
        if n_bytes >= size:
            return f"{n_bytes / size:,.3g} {unit}"
    return f"{max(0.0, n_bytes):,.0f} bytes"
