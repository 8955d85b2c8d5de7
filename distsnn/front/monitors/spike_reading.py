"""The base of monitors that read spikes as they come."""

from __future__ import annotations

from typing import Any

import numpy as np

from distsnn.describe.checks.settable import refuse_attribute
from distsnn.describe.operations import SPIKE
from distsnn.errors import ParameterError
from distsnn.front.monitors.monitor import Monitor
from distsnn.front.names.exported_states import StatesExport
from distsnn.front.names.si_numbers import in_si, is_in_si
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.front.neurons.target_checks import as_slice, check_spiking


class SpikeReading(StatesExport, Monitor):
    """Common part of monitors of the spikes of one group or slice."""

    INTERNAL = frozenset({"read_spikes"})

    def __init__(
        self, source: SpikeSource | Subgroup, name: str | None, event: str = SPIKE
    ) -> None:
        where = name if isinstance(name, str) and name else type(self).__name__
        super().__init__(where, as_slice(where, "source", source), name)
        check_spiking(where, "source", self.source, event)
        self._first_gid: int | None = None

    def connect_to_run(self, first_gid: int, dt: float) -> None:
        """Learn the time step (ms) of the network, and the first gid of the source's group."""
        self._first_gid = first_gid
        super().connect_to_run(first_gid, dt)

    def unit_of(self, name: str) -> str:
        """Unit of what is recorded, as equations say it; ``1`` for none."""
        return {**self.source.group.recordable(), "t": "second", "rate": "hertz"}.get(name, "1")

    def __getattr__(self, name: str) -> Any:
        if is_in_si(name):
            return in_si(self, name)
        refuse_attribute(self._called(), name)
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def _local(self, gid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self._first_gid is None:
            raise ParameterError(
                self._called(),
                "the monitor has not run",
                "a monitor belongs to a Network",
                "add it to one",
            )
        index = gid.astype(np.int64) - (self._first_gid + self.source.start)
        local = (index >= 0) & (index < len(self.source))
        return local, index[local]
