"""The synapses of rules that give them as arrays: `ConnectionRule.edges_to` and `edges_from`.

Major is the target (of `edges_from` the source), k the number of a synapse among its own, in the
order in which the rule gives them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from distsnn.assemble.edges.edges import Edges
from distsnn.assemble.edges.rule_draws import Draws
from distsnn.describe.synapses.connection_rule import ConnectionRule
from distsnn.errors import ConnectivityError


@dataclass(frozen=True, eq=False)
class ArrayRule:
    """A rule with the two slices that it joins.

    Attributes
    ----------
    rule : ConnectionRule
    n_source, n_target : int
    shift : int or None
        See `ConnectionRule`.
    key : two words of 32 bits
    """

    rule: ConnectionRule
    n_source: int
    n_target: int
    shift: int | None
    key: tuple[int, int]

    def draw(self, ranges: list[tuple[int, int]], chunk: int) -> Iterator[Edges]:
        """Draw the edges to some targets; parameters as in `projection_edges.draw_edges`."""
        if not ranges:
            return
        if self.by_source:
            bounds = np.array(ranges, dtype=np.int64).ravel()
            wanted = np.arange(self.n_source)
        else:
            wanted = np.concatenate([np.arange(low, high) for low, high in ranges])
        for edges in self._batches(wanted, chunk):
            if self.by_source:
                # Inside a range, an odd number of bounds lies at or below the target.
                local = np.searchsorted(bounds, edges.target, side="right") & 1
                edges = edges.taken(np.flatnonzero(local))  # noqa: PLW2901 - the rest of them
            for start in range(0, edges.k.size, chunk):
                yield edges.taken(np.arange(start, min(start + chunk, edges.k.size)))

    @property
    def by_source(self) -> bool:
        """Whether the rule gives the synapses of sources, not of targets."""
        return type(self.rule).edges_from is not ConnectionRule.edges_from

    def _batches(self, wanted: np.ndarray, chunk: int) -> Iterator[Edges]:
        """Edges of some targets (or sources) at a time, of about one chunk."""
        if not wanted.size:
            return
        alone = self._edges_of(wanted[:1])
        first = self._edges_of(wanted[:64])
        mine = first.taken(np.flatnonzero(first.major == wanted[0]))
        if not np.array_equal(_columns(alone), _columns(mine)):
            self._refuse(
                f"it gives other synapses for {int(wanted[0])} alone than together with others",
                "the synapses of each depend on the fields of the rule, its index, the sizes and "
                "draws alone",
                "take random numbers from draws, by index and k",
            )
        yield first
        done, found = min(64, wanted.size), first.k.size
        while done < wanted.size:
            n = max(1, int(chunk * done / max(1, found)))
            edges = self._edges_of(wanted[done : done + n])
            done, found = min(done + n, wanted.size), found + edges.k.size
            yield edges

    def _edges_of(self, wanted: np.ndarray) -> Edges:
        sizes = self.n_source, self.n_target, self.shift
        give = self.rule.edges_from if self.by_source else self.rule.edges_to
        given = give(wanted.copy(), *sizes, Draws(self.key))
        source, target = self._checked(given)
        major = source if self.by_source else target
        if major.size and not np.isin(major, wanted).all():
            kind = "source" if self.by_source else "target"
            self._refuse(f"it gives a {kind} that was not asked for", "it gives those asked for")
        if major.size and (np.diff(major) < 0).any():
            order = np.argsort(major, kind="stable")
            source, target, major = source[order], target[order], major[order]
        starts = np.searchsorted(major, major, side="left")
        return Edges(source, target, major, np.arange(major.size) - starts)

    def _checked(self, given: object) -> tuple[np.ndarray, np.ndarray]:
        ends = [np.asarray(end) for end in given] if isinstance(given, tuple | list) else []
        if len(ends) != 2 or any(
            end.ndim != 1 or (end.size and end.dtype.kind not in "iu") for end in ends
        ):
            self._refuse(
                f"it gives {type(given).__name__}",
                "it returns (source, target), two one-dimensional arrays of whole numbers",
            )
        source, target = (end.astype(np.int64) for end in ends)
        if source.size != target.size:
            self._refuse(
                f"it gives {source.size} sources and {target.size} targets",
                "there is one of each for every synapse",
            )
        for name, index, size in (
            ("source", source, self.n_source),
            ("target", target, self.n_target),
        ):
            if index.size and not 0 <= index.min() <= index.max() < size:
                bad = index[(index < 0) | (index >= size)][0]
                self._refuse(f"it gives {name} {bad}", f"it must be at least 0 and below {size}")
        return source, target

    def _refuse(self, what: str, allowed: str, todo: str = "") -> None:
        name = "edges_from" if self.by_source else "edges_to"
        where = f"{type(self.rule).__name__}.{name}"
        raise ConnectivityError(where, what, allowed, todo or f"correct {name}")


def _columns(edges: Edges) -> np.ndarray:
    return np.stack([edges.source, edges.target, edges.k])
