"""Nothing that is set is ignored: each attribute acts, or is refused by name."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

import distsnn as snn
from distsnn.describe.settable import settable
from tests.public_objects import ERRORS, Everything


def _public(thing: Any) -> list[str]:
    """Attributes and properties of an object that do not begin with an underscore."""
    found = {*vars(type(thing)), *getattr(thing, "__dict__", {})}
    for kind in type(thing).__mro__[1:-1]:
        found |= vars(kind).keys() if kind is not str else set()
    return sorted(name for name in found if not name.startswith("_"))


def test_names_that_cannot_be_set(tmp_path: Path) -> None:
    every = Everything()
    things = every.parts | every.values | every.files(tmp_path)
    classes = {kind for kind in vars(snn).values() if inspect.isclass(kind)}
    classes = {kind for kind in classes if kind.__name__ in snn.__all__} - {snn.Synapses}
    missing = {kind.__name__ for kind in classes} - {type(t).__name__ for t in things.values()}
    assert missing == ERRORS
    for name, thing in things.items():
        can = settable(thing)
        for attribute in ("foo", "rade", *_public(thing)):
            if attribute in can:
                continue
            with pytest.raises(AttributeError, match=rf"\b{attribute}\b") as caught:
                setattr(thing, attribute, 1)
            if attribute in {"foo", "rade"}:
                text = str(caught.value)
                assert all(valid in text for valid in can), (name, text)
                assert can or "nothing of it can be set" in text
