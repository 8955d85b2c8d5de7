"""Devices as they were before their parameters were set between two runs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from distsnn.nest.nodes.block import Block


@dataclass(eq=False)
class EarlierValues:
    """Devices with the parameters by which they sent what is still on its way."""

    _blocks: dict[int, list[tuple[int, Block]]] = field(default_factory=dict)

    def keep(self, block: Block, step: int, longest: int) -> None:
        """Keep the parameters that devices of a block had before a step.

        Parameters
        ----------
        longest : int
            The longest delay, steps.
        """
        known = self._blocks.get(block.first, [])
        # Of currents in steps all count: they last until a later time comes.
        lasting = block.model.name == "step_current_generator"
        kept = [one for one in known if lasting or one[0] + longest >= step]
        if not kept or kept[-1][0] < step:
            columns = {name: column.copy() for name, column in block.columns.items()}
            kept.append((step, replace(block, columns=columns)))
        self._blocks[block.first] = kept

    def at(self, block: Block, step: int) -> Block:
        """The block as it was in a step."""
        return next((was for end, was in self.of(block) if step < end), block)

    def of(self, block: Block) -> list[tuple[int, Block]]:
        """Ends of the times for which a block was another one, steps, with the block."""
        return self._blocks.get(block.first, [])
