"""Text files of positions and of connections."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from distsnn.exchange import current_world
from distsnn.nest.connections.synapse_collection import GetConnections
from distsnn.nest.nodes.collection import NodeCollection, positions_of
from distsnn.nest.space.neighbors import Space


def DumpLayerNodes(layer: NodeCollection, outname: str) -> None:
    """Write the global id and the position of each node to a file, as rank 0."""
    at = positions_of(layer).tolist()
    _write(outname, [[gid, *of] for gid, of in zip(layer.tolist(), at, strict=True)])


def DumpLayerConnections(
    source_layer: NodeCollection, target_layer: NodeCollection, synapse_model: str, outname: str
) -> None:
    """Write source, target, weight, delay and displacement of each connection to a file."""
    found = GetConnections(source_layer, target_layer, synapse_model)
    rows: list[Any] = []
    for one in found:
        ends = (NodeCollection([int(one.get(side))]) for side in ("source", "target"))
        source, target = ends
        start, end = positions_of(source), positions_of(target)
        layer = next(target.parts())[0].layer
        assert layer is not None
        (away,) = Space(start, end, layer).displacement(end - start)
        head = [source.global_id, target.global_id, one.get("weight"), one.get("delay")]
        rows.append([*head, *(x + 0.0 for x in away)])
    _write(outname, rows)


def _write(path: str, rows: list[Any]) -> None:
    """Write rows with six digits, as NEST does."""
    if current_world().rank == 0:
        text = "".join(
            " ".join(str(x) if isinstance(x, int) else f"{x:.6g}" for x in row) + "\n"
            for row in rows
        )
        Path(path).write_text(text, encoding="utf8")
