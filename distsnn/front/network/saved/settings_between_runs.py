"""Values that users have set since a network was built, in its checkpoints.

Every object tells by `settings` all that users may set between runs and that is no state, and takes
it back by `restore`. A checkpoint has what is not as it was when the network was built.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import numpy as np

from distsnn.describe.checks.digest import digest_of
from distsnn.describe.plain_values import from_plain, to_plain
from distsnn.record.checkpoint_file import CheckpointFile
from distsnn.record.checkpoint_writer import CheckpointWriter

_ROOT = "settings"
# Of a tuple: an item that was there when the network was built.
_BUILT = "built"
_RESTING = "resting"
Settings = Mapping[str, Any]


class SetBetweenRuns(Protocol):
    """An object of a network."""

    @property
    def name(self) -> Any:
        """Its name within the network, once it has one."""

    def settings(self) -> Settings:
        """Values that have been set; `to_plain` has their types."""

    def restore(self, settings: Settings) -> None:
        """Take back what `settings` gave; the network brings what it has built up to date."""

    @property
    def kept_as(self) -> str:
        """Its parts that are not active."""

    def rest(self, parts: str) -> None:
        """Take back what `kept_as` gave."""


def settings_of(parts: Iterable[SetBetweenRuns]) -> dict[str, Settings]:
    """The settings of all objects by name."""
    return {part.name: {**part.settings(), _RESTING: part.kept_as} for part in parts}


def write_settings(
    file: CheckpointWriter, parts: Iterable[SetBetweenRuns], built: Mapping[str, Settings]
) -> None:
    """Write what is not as in `built`. Collective."""
    for name, settings in settings_of(parts).items():
        arrays: list[np.ndarray] = []
        changed = {
            key: _changed(value, built[name][key], arrays)
            for key, value in settings.items()
            if not _same(value, built[name][key])
        }
        if changed:
            file.write_text(f"{_ROOT}/{name}/values", changed)
            for n, values in enumerate(arrays):
                file.write(f"{_ROOT}/{name}/{n}", values)


def read_settings(
    file: CheckpointFile, parts: Iterable[SetBetweenRuns], built: Mapping[str, Settings]
) -> None:
    """Let all objects take over what a checkpoint has; the rest becomes what it was in `built`."""
    for part in parts:
        under, before = f"{_ROOT}/{part.name}", built[part.name]
        found = dict(before)
        if f"{under}/values" in file:
            n_arrays = len(file.names(under)) - 1
            arrays = [file.read(f"{under}/{n}") for n in range(n_arrays)]
            for key, plain in file.read_text(f"{under}/values").items():
                found[key] = _restored(plain, before[key], arrays)
        part.rest(found.pop(_RESTING))
        part.restore(found)


def _same(value: Any, before: Any) -> bool:
    if value is before:
        return True
    if isinstance(value, tuple):
        return len(value) == len(before) and all(map(_same, value, before))
    return digest_of(_content(value)) == digest_of(_content(before))


def _content(value: Any) -> object:
    return value.content() if hasattr(value, "content") else value


def _changed(value: Any, before: Any, arrays: list[np.ndarray]) -> Any:
    """A setting made plain; what is as it was before is referred to."""
    if not isinstance(value, tuple):
        return to_plain(value, arrays)
    known = {id(item): n for n, item in enumerate(before)}
    return [
        {_BUILT: known[id(item)]} if id(item) in known else to_plain(item, arrays) for item in value
    ]


def _restored(plain: Any, before: Any, arrays: list[np.ndarray]) -> Any:
    if not isinstance(plain, list):
        return from_plain(plain, arrays)
    return tuple(
        before[item[_BUILT]]
        if isinstance(item, dict) and _BUILT in item
        else from_plain(item, arrays)
        for item in plain
    )
