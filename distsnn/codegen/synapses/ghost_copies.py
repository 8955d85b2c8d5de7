"""Ghost copies: values of neurons that synapses and other groups on all ranks read."""

from __future__ import annotations

from dataclasses import dataclass

from distsnn.codegen.synapses.synapse_part import SynapsePart, reads_of
from distsnn.kernels.control import AT_GHOSTS, AT_GHOSTS_START, AT_GHOSTS_UPDATED

# When values are taken: before the update of a step; after the update of the groups that read no
# others; after all thresholds.
START, UPDATED, NOW = "start", "updated", "now"
MOMENTS = (START, UPDATED, NOW)
_POINTS = {START: AT_GHOSTS_START, UPDATED: AT_GHOSTS_UPDATED, NOW: AT_GHOSTS}


@dataclass(frozen=True)
class GhostCopy:
    """Values of one variable of all members of a group, at one of the `MOMENTS` of a step."""

    group: int
    variable: str
    moment: str

    @property
    def point(self) -> int:
        """The point of a step at which threads share them."""
        return _POINTS[self.moment]

    @property
    def local(self) -> str:
        """The argument with the values of the rank's own members."""
        return f"g{self.group}_{self.variable}"

    @property
    def name(self) -> str:
        """The argument with the values of all members."""
        return f"x{self.group}_{self.variable}_{self.moment}"


def ghost_copies(
    parts: tuple[SynapsePart, ...], further: tuple[GhostCopy, ...] = ()
) -> list[GhostCopy]:
    """Ghost copies that the parts need and `further` ones, in an order of their own."""
    found = {ghost.name: ghost for ghost in further}
    for part in parts:
        form = part.form
        for moment, codes in ((NOW, form.after_threshold), (START, form.at_start)):
            reads = reads_of(codes)
            for x, argument in part.pre_arrays:
                if argument.startswith("x") and f"{x}_pre" in reads:
                    ghost = GhostCopy(part.source_group, x, moment)
                    found[ghost.name] = ghost
            if not part.colocated:
                for ghost in _special_ghost_copies(part, moment):
                    found[ghost.name] = ghost
    return [found[name] for name in sorted(found)]


def _special_ghost_copies(part: SynapsePart, moment: str) -> list[GhostCopy]:
    """Ghost copies for special names of a source that may be on another rank."""
    reads = reads_of(part.form.at_start if moment == START else part.form.after_threshold)
    needed = {
        "_last_spike": "lastspike_pre" in reads,
        part.free_pre.split("_", 1)[1]: "not_refractory_pre" in reads,
    }
    if moment == NOW and part.form.continuous is not None:
        before = part.form.continuous.reads
        needed["_earlier_spike"] = "lastspike_pre" in before
        needed["_last_spike"] |= "not_refractory_pre" in before
    return [
        GhostCopy(part.source_group, name, moment) for name, is_read in needed.items() if is_read
    ]
