"""Names that scripts for Brian 2 find by the star of its import and distsnn has not."""

from __future__ import annotations

from typing import Any, NoReturn

from distsnn.describe.unsupported import NAMES
from distsnn.errors import ParameterError


class NotSupported:
    """A name of Brian 2 that distsnn has not: calling it or asking it for something says so.

    Parameters
    ----------
    name : str
        One of `distsnn.describe.unsupported.NAMES`, which says what to do instead.
    """

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "_name", name)

    def __call__(self, *values: Any, **named: Any) -> NoReturn:  # noqa: ARG002 - whatever is given
        """Raise the error."""
        self._refuse()

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            # Of Python itself: asked for by help(), copy, pytest.
            raise AttributeError(name)
        self._refuse()

    def __setattr__(self, name: str, value: Any) -> None:
        self._refuse()

    def _refuse(self) -> NoReturn:
        name = object.__getattribute__(self, "_name")
        raise ParameterError(
            name, "this is part of Brian 2 and not supported", NAMES[name], "leave it out"
        )


BinomialFunction = NotSupported("BinomialFunction")
EventMonitor = NotSupported("EventMonitor")
SpatialNeuron = NotSupported("SpatialNeuron")
collect = NotSupported("collect")
device = NotSupported("device")
linked_var = NotSupported("linked_var")
magic_network = NotSupported("magic_network")
network_operation = NotSupported("network_operation")
prefs = NotSupported("prefs")
profiling_summary = NotSupported("profiling_summary")
restore = NotSupported("restore")
set_device = NotSupported("set_device")
stop = NotSupported("stop")
store = NotSupported("store")

__all__ = [
    "BinomialFunction",
    "EventMonitor",
    "SpatialNeuron",
    "collect",
    "device",
    "linked_var",
    "magic_network",
    "network_operation",
    "prefs",
    "profiling_summary",
    "restore",
    "set_device",
    "stop",
    "store",
]
