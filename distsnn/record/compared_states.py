"""Checkpoints beside one another: their arrays as tables, and the rest in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from distsnn.record.checkpoint_file import CheckpointFile
from distsnn.record.compared_tables import ComparedTable

# By the first word of an array's name: what it is, of an object and a variable, and what a row is.
_PARTS = {
    "neurons": ("{1} of {0}", "neuron"),
    "synapses": ("{1} of {0}", "synapse"),
    "monitors": ("{1} that {0} recorded", "row"),
    "settings": ("array {1} that was set in {0}", "element"),
    "last_spikes": ("last spikes of {1}", "neuron"),
    "own_spikes": ("{1} of spikes of {0} that still act", "spike"),
    "flight": ("{1} of spikes on their way", "spike"),
    "outstanding": ("{1} of spikes that were sent with other weights", "spike"),
    "histories": ("past spikes of targets of rules ({1})", "row"),
    "releases": ("{1} of short-term plasticity ({0})", "source"),
    "traces": ("{1} of sources of rules ({0})", "source"),
}
_LONGEST = 60


def state_tables(reader: CheckpointFile) -> Iterator[ComparedTable]:
    """Every array of a checkpoint, with one row for each neuron, synapse or spike."""
    for name, shape in sorted(reader.shapes.items()):
        kind, _, rest = name.partition("/")
        if _is_text(name) or kind not in _PARTS:
            continue
        (title, row), (owner, _, variable) = _PARTS[kind], rest.rpartition("/")
        yield ComparedTable(
            title.format(owner, variable.lstrip("_")),
            {variable.lstrip("_"): name},
            shape[0],
            0,
            f"at {row} {{}}",
            range(shape[0]),
            np.arange(int(np.prod(shape[1:]))),
        )


def state_texts(reader: CheckpointFile) -> dict[str, str]:
    """Values in a checkpoint that are no arrays: those set between runs, what monitors record."""
    added = reader.read_text("added") if "added" in reader else None
    found = {"steps of added synapses": _short(added)}
    for name in sorted(reader.shapes):
        kind, _, rest = name.partition("/")
        owner, _, last = rest.rpartition("/")
        if (kind, last) == ("settings", "values"):
            values = reader.read_text(name)
            found |= {
                f"{name} that was set in {owner}": _short(one)
                for key, value in values.items()
                for name, one in _set_values(key, value)
            }
        elif (kind, last) == ("monitors", "settings"):
            found[f"what {owner} records"] = _short(reader.read_text(name))
    return found


def run_properties(reader: CheckpointFile) -> dict[str, str]:
    """Properties of the network and the command that a checkpoint is of."""
    outline = {f"network: {k}": v for k, v in reader.read_text("outline").items()}
    # Its settings are parameters of the provenance.
    origin = {
        f"command: {name}": _short(value)
        for name, value in reader.read_text("origin").items()
        if name != "settings"
    }
    return outline | origin


def _set_values(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Values that were set, by their names; assignments by those of their variables."""
    for one in value if isinstance(value, list) else [None]:
        if isinstance(one, dict) and one.get("kind") == "Assignment":
            yield one["parts"]["variable"], one["parts"]["value"]
        else:
            yield key, value


def _is_text(name: str) -> bool:
    return (name.startswith("settings/") and name.endswith("/values")) or (
        name.startswith("monitors/") and name.endswith("/settings")
    )


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
