"""Source of what settles plastic tables, before their rule or delays are others."""

from __future__ import annotations

from distsnn.codegen.decorators import INLINE, INNER
from distsnn.codegen.tables.plastic_functions import (
    event_source,
    of_targets,
    present_lines,
    walk_arguments,
)
from distsnn.codegen.tables.plastic_part import PlasticPart, changing
from distsnn.codegen.tables.plastic_walk import each_synapse

# Arguments besides those for reading weights.
SETTLING = (
    *("settle_whole", "settle_dry", "settle_count"),
    *("settle_due", "settle_sent", "settle_at"),
    *("settle_synapse", "settle_lid", "settle_amount"),
)


def settle_functions(part: PlasticPart) -> tuple[str, ...]:
    """Sources of ``settle_weights(step, ...)`` and of what it calls.

    Weights take in all that has reached the synapses before a step; with `settle_whole` also what
    is under way to them, of both sides. Of spikes that have passed the synapse and are still to be
    delivered it notes when and where they add how much; with `settle_dry` it only counts them.
    """
    given = ", ".join(walk_arguments(part))
    names = ", ".join(SETTLING)
    call = f"n = settle(step, k, s, delay, dendritic_delay, lid, n, {names}, {given})"
    body = each_synapse(part, [], [call])
    head = f"def settle_weights(step, {names}, {given}):\n    n = 0\n"
    return (
        *of_targets(part),
        INLINE + event_source(part),
        INLINE + _settle_source(part, names, given),
        INNER + head + body + "    settle_count[0] = n\n",
    )


def _settle_source(part: PlasticPart, names: str, given: str) -> str:
    """Settle one synapse; returns the number of deliveries noted so far."""
    note = [
        "if settle_dry == 0:",
        "    settle_due[n], settle_sent[n], settle_at[n] = sent + delay, sent, at",
        "    settle_synapse[n], settle_lid[n] = k, lid",
        f"    settle_amount[n] = {'w' if part.after else 'old'}",
        "n += 1",
    ]
    ends = ["trace[k] = last"] if part.traces else []
    if part.separate:
        given_spikes = f"k, block, end, other, other_step, {', '.join(changing(part))}"
        ends += [
            "if settle_whole == 0:",
            f"    other, other_step = follow_target({given_spikes})",
            "target_trace[k], target_step[k] = other, other_step",
        ]
    lines = [
        f"def settle(step, k, s, delay, dendritic_delay, lid, n, {names}, {given}):",
        "    due, until = step, step + settle_whole * (delay + dendritic_delay)",
        *present_lines(part, "until", note),
        "    if settle_dry == 0:",
        *(f"        {line}" for line in ["weight[k] = w", *ends]),
        "    return n\n",
    ]
    return "\n".join(lines)
