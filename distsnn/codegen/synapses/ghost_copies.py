"""Ghost copies: values of neurons that synapses and other groups on all ranks read."""

from __future__ import annotations

from dataclasses import dataclass

from distsnn.codegen.program_arguments import Argument, OfGhosts, OfGroup
from distsnn.codegen.synapses.synapse_part import SynapsePart, reads_of
from distsnn.kernels.control import AT_GHOSTS, AT_GHOSTS_START, AT_GHOSTS_UPDATED

# When values are taken: before the update of a step; after the update of the groups that read no
# others; after all thresholds.
START, UPDATED, NOW = "start", "updated", "now"
MOMENTS = (START, UPDATED, NOW)
_POINTS = {START: AT_GHOSTS_START, UPDATED: AT_GHOSTS_UPDATED, NOW: AT_GHOSTS}


@dataclass(frozen=True)
class GhostCopy:
    """Values of one variable of all members of a group, at one of the `MOMENTS` of a step.

    Attributes
    ----------
    local : Argument
        The values of the rank's own members.
    moment : str
    """

    local: Argument
    moment: str

    @property
    def point(self) -> int:
        """The point of a step at which threads share them."""
        return _POINTS[self.moment]

    @property
    def group(self) -> int:
        """Index of the group."""
        return self.local.owner.index

    @property
    def argument(self) -> Argument:
        """The values of all members."""
        return OfGhosts(self.group).copy(self.local.name, self.moment)


def ghost_copies(
    parts: tuple[SynapsePart, ...], further: tuple[GhostCopy, ...] = ()
) -> list[GhostCopy]:
    """Ghost copies that the parts need and `further` ones, in an order of their own."""
    found = dict.fromkeys(further)
    for part in parts:
        form = part.form
        for moment, codes in ((NOW, form.after_threshold), (START, form.at_start)):
            reads = reads_of(codes)
            needed = [
                local
                for x, local in part.pre_arrays
                if isinstance(local.owner, OfGroup) and f"{x}_pre" in reads
                if not part.is_here(x)
            ]
            needed += [] if part.colocated else _special_arguments(part, moment)
            found |= dict.fromkeys(GhostCopy(local, moment) for local in needed)
    return sorted(found, key=lambda ghost: str(ghost.argument))


def _special_arguments(part: SynapsePart, moment: str) -> list[Argument]:
    """Ghost copies for special names of a source that may be on another rank."""
    reads = reads_of(part.form.at_start if moment == START else part.form.after_threshold)
    source = OfGroup(part.source_group)
    last, free = "lastspike_pre" in reads, "not_refractory_pre" in reads
    earlier = False
    if moment == NOW and part.form.continuous is not None:
        before = part.form.continuous.reads
        earlier = "lastspike_pre" in before
        last |= "not_refractory_pre" in before
    return [
        *([source["last_spike"]] if last else []),
        *([part.free_pre] if free else []),
        *([source["earlier_spike"]] if earlier else []),
    ]
