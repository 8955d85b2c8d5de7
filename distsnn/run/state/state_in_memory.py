"""The state of a simulation in memory, for another build of the same network on the same ranks."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class StateWriter(Protocol):
    """A writer of state: a checkpoint or `StateInMemory`; see `CheckpointWriter`."""

    def write(self, name: str, values: np.ndarray) -> None: ...  # noqa: D102 - said above

    def write_local(  # noqa: D102 - said above
        self, name: str, index: np.ndarray, values: np.ndarray, size: int
    ) -> None: ...

    def write_shared(  # noqa: D102 - said above
        self, name: str, index: np.ndarray, values: np.ndarray, local: np.ndarray, size: int
    ) -> None: ...


class StateReader(Protocol):
    """A reader of state; see `CheckpointFile`."""

    @property
    def step(self) -> int: ...  # noqa: D102 - said above

    def __contains__(self, name: str) -> bool: ...

    def names(self, under: str) -> list[str]: ...  # noqa: D102 - said above

    def read(self, name: str) -> np.ndarray: ...  # noqa: D102 - said above

    def read_local(self, name: str, index: np.ndarray) -> np.ndarray: ...  # noqa: D102 - said above

    def size(self, name: str) -> int: ...  # noqa: D102 - said above


class StateInMemory:
    """State of one rank, as if it stood in a checkpoint of the step `step`."""

    def __init__(self, step: int) -> None:
        self.step = step
        self._values: dict[str, np.ndarray] = {}
        self._sizes: dict[str, int] = {}

    def copied(self) -> StateInMemory:
        """The same state in arrays of its own."""
        made = StateInMemory(self.step)
        made._values = {name: values.copy() for name, values in self._values.items()}
        made._sizes = dict(self._sizes)
        return made

    def write(self, name: str, values: np.ndarray) -> None:
        """Keep an array that is the same on all ranks."""
        self._values[name] = np.array(values)

    def write_local(self, name: str, index: np.ndarray, values: np.ndarray, size: int) -> None:  # noqa: ARG002 - the own ones stay here
        """Keep a rank's own values of an array of `size`."""
        self._values[name], self._sizes[name] = np.array(values), size

    def write_shared(
        self,
        name: str,
        index: np.ndarray,
        values: np.ndarray,
        local: np.ndarray,  # noqa: ARG002 - what others have too stays here as well
        size: int,
    ) -> None:
        """Keep what a rank has of an array of `size`, its own values or not."""
        self.write_local(name, index, values, size)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    @property
    def paths(self) -> list[str]:
        """Names of all arrays."""
        return sorted(self._values)

    def put(self, name: str, values: np.ndarray) -> None:
        """Put other values in the place of an array that is kept."""
        self._values[name] = values

    def names(self, under: str) -> list[str]:
        """Names of the arrays in a group, without the group's."""
        return sorted(n[len(under) + 1 :] for n in self._values if n.startswith(f"{under}/"))

    def read(self, name: str) -> np.ndarray:
        """A whole array."""
        return self._values[name]

    def read_local(self, name: str, index: np.ndarray) -> np.ndarray:  # noqa: ARG002 - only these are here
        """A rank's own values."""
        return self._values[name]

    def size(self, name: str) -> int:
        """Length of an array."""
        return self._sizes[name]
