"""Readers of spikes and samples of a running network."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np


@runtime_checkable
class SpikeReader(Protocol):
    """A reader of the spikes of all ranks as they come: a monitor or a file."""

    def read_spikes(self, step: np.ndarray, gid: np.ndarray) -> None:
        """Take spikes in canonical order: steps (int64 (n,)) and gids (uint32 (n,))."""


class Recorder(Protocol):
    """A reader of the samples of a probe while the network runs; all ranks have it.

    Attributes
    ----------
    probe : int
        Number of the probe.
    most_steps : int
        Samples of so many steps may be kept, more must not.
    """

    @property
    def probe(self) -> int: ...  # noqa: D102 - said above

    @property
    def most_steps(self) -> int: ...  # noqa: D102 - said above

    def take(self, samples: np.ndarray) -> None:
        """Take what this rank has read; see `join_samples`. Collective among ranks."""

    def flush(self) -> None:
        """Bring what was taken to the disk. Collective among ranks."""
