"""Values of neurons that synapses on all ranks read."""

from __future__ import annotations

from dataclasses import dataclass

from distsnn.codegen.synapses.synapse_part import SynapsePart, reads_of


@dataclass(frozen=True)
class GhostCopy:
    """Values of one variable of all members of a group, read by synapses on all ranks.

    `at_start` says whether they are taken before the update of a step, else after its
    threshold.
    """

    group: int
    variable: str
    at_start: bool

    @property
    def local(self) -> str:
        """The argument with the values of the rank's own members."""
        return f"g{self.group}_{self.variable}"

    @property
    def name(self) -> str:
        """The argument with the values of all members."""
        return f"x{self.group}_{self.variable}_{'start' if self.at_start else 'now'}"


def ghost_copies(
    parts: tuple[SynapsePart, ...], further: tuple[GhostCopy, ...] = ()
) -> list[GhostCopy]:
    """Ghost copies that the parts need and `further` ones, in an order of their own."""
    found = {ghost.name: ghost for ghost in further}
    for part in parts:
        form = part.form
        for at_start, codes in ((False, form.after_threshold), (True, form.at_start)):
            reads = reads_of(codes)
            for x, argument in part.pre_arrays:
                if argument.startswith("x") and f"{x}_pre" in reads:
                    ghost = GhostCopy(part.source_group, x, at_start)
                    found[ghost.name] = ghost
            if not part.colocated:
                for ghost in _special_ghost_copies(part, at_start):
                    found[ghost.name] = ghost
    return [found[name] for name in sorted(found)]


def _special_ghost_copies(part: SynapsePart, at_start: bool) -> list[GhostCopy]:
    """Ghost copies for special names of a source that may be on another rank."""
    reads = reads_of(part.form.at_start if at_start else part.form.after_threshold)
    needed = {
        "_last_spike": "lastspike_pre" in reads,
        part.free_pre.split("_", 1)[1]: "not_refractory_pre" in reads,
    }
    if not at_start and part.form.continuous is not None:
        before = part.form.continuous.reads
        needed["_earlier_spike"] = "lastspike_pre" in before
        needed["_last_spike"] |= "not_refractory_pre" in before
    return [
        GhostCopy(part.source_group, name, at_start) for name, is_read in needed.items() if is_read
    ]
