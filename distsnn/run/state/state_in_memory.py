"""The state of a simulation in memory, for another build of the same network on the same ranks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import numpy as np

from distsnn.assemble.rank.rank import RankBuild
from distsnn.assemble.rank.saved_state import sources_of


class StateWriter(Protocol):
    """What takes state: a checkpoint or `HeldState`; see `CheckpointWriter`."""

    def write(self, name: str, values: np.ndarray) -> None: ...  # noqa: D102 - said above

    def write_own(  # noqa: D102 - said above
        self, name: str, index: np.ndarray, values: np.ndarray, size: int
    ) -> None: ...

    def write_shared(  # noqa: D102 - said above
        self, name: str, index: np.ndarray, values: np.ndarray, own: np.ndarray, size: int
    ) -> None: ...


class StateReader(Protocol):
    """What gives it back; see `CheckpointFile`."""

    @property
    def step(self) -> int: ...  # noqa: D102 - said above

    def __contains__(self, name: str) -> bool: ...

    def names(self, under: str) -> list[str]: ...  # noqa: D102 - said above

    def read(self, name: str) -> np.ndarray: ...  # noqa: D102 - said above

    def read_own(self, name: str, index: np.ndarray) -> np.ndarray: ...  # noqa: D102 - said above

    def size(self, name: str) -> int: ...  # noqa: D102 - said above


class HeldState:
    """State of one rank, as if it stood in a checkpoint of the step `step`.

    Parameters
    ----------
    step : int
        The next step.
    """

    def __init__(self, step: int) -> None:
        self.step = step
        self._values: dict[str, np.ndarray] = {}
        self._sizes: dict[str, int] = {}

    def write(self, name: str, values: np.ndarray) -> None:
        """Keep an array that is the same on all ranks."""
        self._values[name] = np.array(values)

    def write_own(self, name: str, index: np.ndarray, values: np.ndarray, size: int) -> None:  # noqa: ARG002 - the own ones stay here
        """Keep a rank's own values of an array of `size`."""
        self._values[name], self._sizes[name] = np.array(values), size

    def write_shared(
        self,
        name: str,
        index: np.ndarray,
        values: np.ndarray,
        own: np.ndarray,  # noqa: ARG002 - what others have too stays here as well
        size: int,
    ) -> None:
        """Keep what a rank has of an array of `size`, its own values or not."""
        self.write_own(name, index, values, size)

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

    def read_own(self, name: str, index: np.ndarray) -> np.ndarray:  # noqa: ARG002 - only these are here
        """A rank's own values."""
        return self._values[name]

    def size(self, name: str) -> int:
        """Length of an array."""
        return self._sizes[name]

    def turn(
        self,
        before: RankBuild,
        after: RankBuild,
        left: Iterable[str],
        variables: Mapping[str, Mapping[str, np.ndarray]],
        sizes: Mapping[str, int],
    ) -> None:
        """Make state of one build that of another in which fewer texts have become rules.

        Parameters
        ----------
        before, after : RankBuild
        left : iterable of str
            Names of the projections that are gone.
        variables : dict of str to dict of str to float64 (n,)
            Values of the synapses that take their place, by name and variable, in the order of
            creation.
        sizes : dict of str to int
            Numbers of synapses on all ranks.
        """
        for name in left:
            self._values = {n: v for n, v in self._values.items() if n != f"synapses/{name}/weight"}
        for name, own in variables.items():
            for variable, values in own.items():
                self.write_own(f"synapses/{name}/{variable}", values[:0], values, sizes[name])
        for group in after.program.queues:
            # Spikes of targets have acted in their own step.
            for part in ("step", "index"):
                name = f"own_spikes/{after.description.groups[group].name}/{part}"
                self._values.setdefault(name, np.empty(0, dtype=np.int64))
        numbered = {
            name: values
            for name, values in self._values.items()
            if name.startswith(("traces/", "histories/", "flight/k"))
        }
        for name in numbered:
            del self._values[name]
        for k, source in enumerate(after.plastic.sources):
            self._take_traces(numbered, before.plastic.sources.index(source), k, (before, after))
        for h, history in enumerate(after.plastic.histories):
            old = before.plastic.histories.index(history)
            self._values[f"histories/{h}"] = numbered[f"histories/{old}"]

    def _take_traces(
        self,
        numbered: Mapping[str, np.ndarray],
        old: int,
        k: int,
        builds: tuple[RankBuild, RankBuild],
    ) -> None:
        """Traces of sources under their new number; there may be fewer sources now."""
        before, after = builds
        was, now = sources_of(before, f"k{old}_last_step"), sources_of(after, f"k{k}_last_step")
        place = was.number_of[now.first_gid - was.first_gid + now.index]
        for name, values in numbered.items():
            if name.startswith(f"traces/{old}/"):
                self._values[name.replace(f"traces/{old}/", f"traces/{k}/")] = values[place]
            elif name.startswith(f"flight/k{old}_"):
                self._values[name.replace(f"flight/k{old}_", f"flight/k{k}_")] = values
