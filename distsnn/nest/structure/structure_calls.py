"""Calls that begin and end structural plasticity."""

from __future__ import annotations

from distsnn.nest.kernel import kernel


def EnableStructuralPlasticity() -> None:
    """Let connections of ``structural_plasticity_synapses`` come and go from now on."""
    kernel.structure.enabled = True


def DisableStructuralPlasticity() -> None:
    """Leave connections as they are from now on."""
    kernel.structure.enabled = False
