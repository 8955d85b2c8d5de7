"""What users of Brian 2 may look for and do not find here, named as such."""

from __future__ import annotations

from typing import Any, NoReturn

from distsnn.errors import ParameterError

_ADVICE = {
    "active": "leave the object out of the network",
    "clock": "let all objects have the time step of the network",
    "custom_operation": "write what happens as equations or statements of synapses",
    "get_states": "read variables one by one",
    "order": "let objects act in the order of their names",
    "run_on_event": "write what happens as reset, or as statements of synapses",
    "run_regularly": "write what happens as equations, or set variables between two runs",
    "set_event_schedule": "let thresholds act where they do",
    "set_spikes": "give all spikes at once, or make a new network",
    "set_states": "set variables one by one",
    "summed_updaters": "give a (summed) equation",
    "thresholder": "give threshold=",
    "resetter": "give reset=",
    "state_updater": "give method=",
}


def refuse_attribute(where: str, name: str) -> None:
    """Raise AttributeError if `name` is an attribute of Brian 2's objects."""
    if name in _ADVICE:
        raise AttributeError(
            f"{where}: {name} of Brian 2 is not supported; "
            f"attributes are documented with the class. {_ADVICE[name].capitalize()}."
        )


class WithoutSome:
    """An object on which attributes of Brian 2 are refused that would have no effect."""

    def __setattr__(self, name: str, value: Any) -> None:
        refuse_attribute(type(self).__name__, name)
        super().__setattr__(name, value)


class NotSupported:
    """A name of Brian 2 that distsnn has not: calling it or asking it for something says so.

    Parameters
    ----------
    name : str
    advice : str
        What to do instead.
    """

    def __init__(self, name: str, advice: str) -> None:
        object.__setattr__(self, "_name", name)
        object.__setattr__(self, "_advice", advice)

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
        raise ParameterError(
            object.__getattribute__(self, "_name"),
            "this is part of Brian 2 and not supported",
            "what is supported is documented with distsnn",
            object.__getattribute__(self, "_advice"),
        )


BinomialFunction = NotSupported("BinomialFunction", "draw numbers with numpy and set them")
EventMonitor = NotSupported("EventMonitor", "use SpikeMonitor")
SpatialNeuron = NotSupported("SpatialNeuron", "neurons are points here; use NeuronGroup")
collect = NotSupported("collect", "use Network(...) with the objects, or run()")
device = NotSupported("device", "leave it out: models are always compiled")
linked_var = NotSupported("linked_var", "join the groups by synapses with a (summed) variable")
magic_network = NotSupported("magic_network", "use Network(...)")
network_operation = NotSupported("network_operation", "set variables between two runs")
prefs = NotSupported("prefs", "leave it out: models are always compiled")
profiling_summary = NotSupported("profiling_summary", "print what run() returns")
set_device = NotSupported("set_device", "leave it out: models are always compiled")
stop = NotSupported("stop", "run for a shorter time")

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
    "set_device",
    "stop",
]
