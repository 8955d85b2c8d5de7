"""What ranks that write a file together ask of HDF5: it must be the same on all of them."""

from __future__ import annotations

import gc
import random
import sys
import time
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import h5py
import pytest

from distsnn.exchange import World
from distsnn.record.files.hdf5 import ParallelFile

# Parts of h5py that read or change files. Its types are called elsewhere, see `FileCalls`.
_MODULES = ("h5a", "h5d", "h5f", "h5g", "h5l", "h5o")
_OBJECT = h5py.h5g.GroupID.__base__


class FileCalls:
    """Notes all calls on files that several ranks have open, from now on, and disturbs them.

    Parameters
    ----------
    world : World
    monkeypatch : pytest.MonkeyPatch

    Attributes
    ----------
    made : list of (str, ...)
        Names of functions with the texts and numbers they were given.
    """

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[tuple[str, ...]] = []
        # Names of files that several ranks have open.
        self._open: set[bytes] = set()
        self._chance = random.Random(world.rank)
        plain = {name: getattr(h5py, name) for name in _MODULES}
        replaced = {id(module): _Noted(module, self) for module in plain.values()}
        for module in _modules("h5py"):
            for name in _MODULES:
                if id(getattr(module, name, None)) in replaced:
                    monkeypatch.setattr(module, name, replaced[id(getattr(module, name))])
        for kind, name in (
            (h5py.Dataset, "resize"),
            (ParallelFile, "flush"),
            (ParallelFile, "close"),
        ):
            monkeypatch.setattr(kind, name, self._of_object(name, getattr(kind, name)))
        monkeypatch.setattr(ParallelFile, "__init__", self._of_opening(ParallelFile.__init__))
        for module in _modules("distsnn.record"):
            if hasattr(module, "write_rows"):
                monkeypatch.setattr(module, "write_rows", self._of_rows(module.write_rows))

    def note(self, item: Any, name: str, *arguments: object) -> None:
        """Note a call if `item` is part of a file that several ranks have open."""
        if not isinstance(item, _OBJECT) or h5py.h5i.get_file_id(item).name not in self._open:
            return
        given = [str(a) for a in arguments if isinstance(a, str | bytes | int | tuple)]
        self.made.append((name, *given))
        # What one rank lets go of, and how slow it is, is nothing to the others.
        if self._chance.random() < 0.005:
            gc.collect()
        if self._chance.random() < 0.02:
            time.sleep(0.005)

    def _of_object(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def noted(item: Any, *arguments: Any, **options: Any) -> Any:
            if item.id:
                self.note(item.id, name, item.name, *arguments)
            if name == "close":
                self._open.discard(item.id.name if item.id else b"")
            return call(item, *arguments, **options)

        return noted

    def _of_opening(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def noted(file: ParallelFile, opened: Any, *arguments: Any) -> None:
            self._open.add(opened.name)
            call(file, opened, *arguments)

        return noted

    def _of_rows(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def noted(ranks: World, dataset: h5py.Dataset, *rows: Any) -> Any:
            # Each rank has other rows.
            self.note(dataset.id, "write_rows", dataset.name)
            return call(ranks, dataset, *rows)

        return noted


class _Noted(ModuleType):
    """A part of h5py whose calls are noted."""

    def __init__(self, module: ModuleType, calls: FileCalls) -> None:
        super().__init__(module.__name__)
        self._module, self._calls = module, calls

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._module, name)
        if not callable(found) or isinstance(found, type):
            return found
        return partial(self._call, f"{self._module.__name__[-3:]}.{name}", found)

    def _call(self, name: str, call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        if arguments:
            self._calls.note(arguments[0], name, *arguments[1:])
        return call(*arguments, **options)


def _modules(beginning: str) -> list[Any]:
    return [m for name, m in list(sys.modules.items()) if name.startswith(beginning)]
