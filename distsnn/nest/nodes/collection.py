"""Collections of nodes, as ``nest.NodeCollection``."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from distsnn.errors import ParameterError, unknown_name
from distsnn.nest.kernel import kernel
from distsnn.nest.nodes import status
from distsnn.nest.nodes.block import Block
from distsnn.nest.nodes.status import get_values, set_values

_OWN = {"_gids", "_layers"}


class NodeCollection:
    """Nodes by their global ids.

    Parameters
    ----------
    data : sequence of int
        Global ids, each once; they are sorted.
    """

    __slots__ = ("_gids",)

    def __init__(self, data: Any = ()) -> None:
        gids = np.asarray([] if data is None else data, dtype=np.int64).reshape(-1)
        if np.unique(gids).size != gids.size:
            raise ParameterError(
                "NodeCollection", "a node occurs twice", "each node occurs once", "leave it out"
            )
        bad = gids[(gids < 1) | (gids > kernel.size)]
        if bad.size:
            raise ParameterError(
                "NodeCollection",
                f"there is no node {int(bad[0])}",
                f"nodes are 1 to {kernel.size}",
                "create them first",
            )
        object.__setattr__(self, "_gids", np.sort(gids))

    @property
    def gids(self) -> np.ndarray:
        """Global ids, int64 (n,), ascending."""
        return self._gids

    @property
    def global_id(self) -> Any:
        """Global id of a single node, or a tuple of all."""
        ids = self.tolist()
        return ids[0] if len(ids) == 1 else tuple(ids)

    def tolist(self) -> list[int]:
        """Global ids."""
        return self.gids.tolist()

    def parts(self) -> Iterator[tuple[Block, np.ndarray, np.ndarray]]:
        """Blocks with the places in the block and here of the nodes that are in it."""
        at = 0
        while at < self.gids.size:
            gid = int(self.gids[at])
            block = kernel.blocks[bisect_right(kernel.blocks, gid, key=lambda b: b.first) - 1]
            end = int(np.searchsorted(self.gids, block.first + block.n))
            yield block, self.gids[at:end] - block.first, np.arange(at, end)
            at = end

    def __len__(self) -> int:
        return int(self.gids.size)

    def __bool__(self) -> bool:
        return len(self) > 0

    def __iter__(self) -> Iterator[NodeCollection]:
        return (_made(self.gids[k : k + 1]) for k in range(len(self)))

    def __contains__(self, node: Any) -> bool:
        ids = node.gids if isinstance(node, NodeCollection) else np.array([node])
        return bool(np.isin(ids, self.gids).all())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NodeCollection):
            raise NotImplementedError(f"a NodeCollection is compared with {type(other).__name__}")
        return bool(np.array_equal(self.gids, other.gids))

    __hash__ = None  # type: ignore[assignment]  # as in NEST

    def __add__(self, other: Any) -> NodeCollection:
        if not isinstance(other, NodeCollection):
            if isinstance(other, int | float) and other == 0:
                return self
            raise TypeError(f"a {type(other).__name__} is added to a NodeCollection")
        return NodeCollection(np.concatenate([self.gids, other.gids]))

    __radd__ = __add__

    def __getitem__(self, key: Any) -> NodeCollection:
        if isinstance(key, int | np.integer):
            if not -len(self) <= key < len(self):
                raise IndexError(f"index {key} lies outside of {len(self)} nodes")
            key = slice(int(key), int(key) + 1 or None)
        if isinstance(key, slice):
            for bound in (key.start, key.stop):
                if bound is not None and abs(bound) > len(self):
                    raise IndexError(f"slice {key} lies outside of {len(self)} nodes")
            if key.step is not None and key.step < 1:
                raise IndexError("the step of a slice is positive")
            return _made(self.gids[key])
        index = np.asarray(key)
        if index.ndim != 1 or index.dtype.kind not in "biu":
            if index.size == 0:
                return _made(self.gids[:0])
            raise IndexError("an index is a whole number, a slice, or a list of numbers or bools")
        if index.dtype.kind == "b" and index.size != len(self):
            raise IndexError("there is one bool for each node")
        return NodeCollection(self.gids[index])

    def index(self, node: int) -> int:
        """Place of a node by its global id."""
        found = np.flatnonzero(self.gids == node)
        if not found.size:
            raise ValueError(f"node {node} is not in it")
        return int(found[0])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        del copy
        return np.array(self.gids, dtype=dtype)

    def get(self, *params: Any, output: str = "") -> Any:
        """Values of parameters: see NEST's ``NodeCollection.get``."""
        return get_values(self, params, output)

    def set(self, params: Any = None, **named: Any) -> None:
        """Set parameters: see NEST's ``NodeCollection.set``."""
        if named and params is not None:
            raise TypeError("parameters are given as a dictionary or by name, not both")
        set_values(self, named if params is None else params)

    @property
    def spatial(self) -> dict[str, Any] | None:
        """Positions of nodes and their extent, or None."""
        parts = list(self.parts())
        if not parts or any(block.layer is None for block, *_ in parts):
            return None
        layer = parts[0][0].layer
        assert layer is not None
        found: dict[str, Any] = {
            "center": layer.center.copy(),
            "edge_wrap": layer.edge_wrap,
            "extent": layer.extent.copy(),
            "network_size": len(self),
        }
        if layer.shape is not None:
            found["shape"] = np.array(layer.shape)
        else:
            found["positions"] = positions_of(self)
        return found

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.get(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in {"spatial", "global_id", "gids"}:
            raise AttributeError(f"{name} cannot be set")
        self.set({name: value})

    def __str__(self) -> str:
        lines = []
        for block, members, _ in self.parts():
            first, last = block.first + int(members[0]), block.first + int(members[-1])
            ids = f"first={first}" if first == last else f"first={first}, last={last}"
            lines.append(f"model={block.name}, size={members.size}, {ids}")
        joined = ";\n                ".join(lines)
        return f"NodeCollection({joined or '<empty>'})"

    __repr__ = __str__


def _made(gids: np.ndarray) -> NodeCollection:
    found = NodeCollection.__new__(NodeCollection)
    object.__setattr__(found, "_gids", gids)
    return found


def as_nodes(where: str, nodes: Any) -> NodeCollection:
    """`nodes` if they are a NodeCollection.

    Raises
    ------
    ParameterError
        If not.
    """
    if not isinstance(nodes, NodeCollection):
        raise ParameterError(
            where, f"{nodes!r} is no NodeCollection", "nodes are what nest.Create returns",
            "write nest.NodeCollection([...]) around global ids",
        )  # fmt: skip
    return nodes


def positions_of(nodes: NodeCollection) -> np.ndarray:
    """Positions (float64 (n, dimensions)) of nodes that have some.

    Raises
    ------
    ParameterError
        If some have none.
    """
    found: list[np.ndarray] = []
    for block, members, _ in nodes.parts():
        if block.layer is None:
            raise ParameterError(
                "distsnn.nest",
                f"nodes of {block.name} have no positions",
                "positions are given to nest.Create",
                "write positions=nest.spatial.grid(...) or nest.spatial.free(...)",
            )
        found.append(block.layer.positions[members])
    return np.concatenate(found)


def check_names(where: str, names: Iterable[str], known: Iterable[str]) -> None:
    """Raise UnknownNameError at the first of `names` that is not known."""
    known = list(known)
    for name in names:
        if name not in known:
            unknown_name(where, name, known)


status.as_nodes = NodeCollection
