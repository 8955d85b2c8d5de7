"""`run` on its own: the network of all objects that the calling code sees."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from distsnn.errors import MagicError, ParameterError, unknown_name
from distsnn.front.callbacks.brian_object import BrianObject
from distsnn.front.monitors.monitor import Monitor
from distsnn.front.names import scope
from distsnn.front.names.named import called
from distsnn.front.network.members import give_names
from distsnn.front.network.network import Network
from distsnn.front.neurons.group_base import SpikeSource, Subgroup
from distsnn.front.neurons.poisson_input import PoissonInput
from distsnn.front.synapses.synapses_base import Synapses
from distsnn.run.summary import RunSummary

_Part = SpikeSource | Synapses | PoissonInput | Monitor | BrianObject


def run(
    duration: float,
    report: object = None,
    report_period: float | None = None,
    *,
    checkpoint: str | os.PathLike[str] | None = None,
    every: float | None = None,
    namespace: Mapping[str, Any] | None = None,
    **other: Any,
) -> RunSummary:
    """Simulate all objects of the current scope that the calling code has a name for.

    The next call goes on where this one ended. Every rank must call this, with the same
    arguments.

    Parameters
    ----------
    duration : float, ms
        See `Network.run`.
    report : str, bool or function, optional
        Shows progress on rank 0, or calls the function; see `Network.run`.
    report_period : float, ms, optional
        Wall time between two reports.
    checkpoint : path, optional
        Save to this file, as in `Network.run`; ``Network(...)`` with the same objects loads it.
    every : float, ms, optional
        Save at the multiples of this time.
    namespace : mapping, optional
        What names in expressions stand for; by default the variables of the calling code.
    **other
        Further arguments of `Network.run`: ``progress``, ``record``, ``overwrite``, ``force``.

    Returns
    -------
    RunSummary
        Time per phase and memory of all ranks; print it.

    Raises
    ------
    ParameterError
        If there is nothing to run, or an object is new and others have run already.
    """
    network = visible_network(())
    if not network.parts:
        raise ParameterError(
            "run",
            "there is no group in this scope",
            "run() simulates the "
            "objects that the calling code sees and that were created since "
            "start_scope()",
            "create a group, or use Network(...)",
        )
    return network.run(
        duration,
        report,
        report_period,
        checkpoint=checkpoint,
        every=every,
        namespace=namespace,
        **other,
    )


def store(name: str = "default", filename: str | os.PathLike[str] | None = None) -> None:
    """Keep the state of the objects that `run` would run; see `Network.store`.

    Parameters
    ----------
    name : str
    filename : path, optional
    """
    visible_network(()).store(name, filename)


def restore(
    name: str = "default",
    filename: str | os.PathLike[str] | None = None,
    restore_random_state: bool = False,
) -> None:
    """Go back to a state that `store` has kept; see `Network.restore`.

    Parameters
    ----------
    name : str
    filename : path, optional
    restore_random_state : bool
    """
    visible_network(()).restore(name, filename, restore_random_state)


def stop() -> None:
    """End the run that goes on with its present step; for network operations."""
    network = scope.last_run()
    if network is not None:
        network.stop()


def collect() -> list[_Part]:
    """All objects of the current scope that the calling code has a name for, as `run` finds them.

    Returns
    -------
    list of groups, Synapses, PoissonInput and monitors
        In the order in which they were made; for ``Network(collect())``.
    """
    found = {id(item): item for item in _visible()}
    return sorted(found.values(), key=lambda item: item.creation_index[1])


def visible_network(wanted: Iterable[_Part]) -> Network:
    """The network of this scope, with all objects that the calling code sees, and `wanted`."""
    found = {id(item): item for item in (*_visible(), *wanted)}
    items = sorted(found.values(), key=lambda item: item.creation_index[1])
    network: Network | None = scope.scope_network()
    known = {id(item) for item in network.parts} if network is not None else set()
    if network is not None and not network.built and not known <= found.keys():
        # It was made to look at objects that are out of sight by now.
        network = None
    if network is not None:
        new = [item for item in items if id(item) not in known]
        if network.built and len(new) == len(items):
            # A cell of a notebook that runs again makes all its objects anew.
            network = None
        else:
            _add(network, new)
            _rest(network, set(found))
    if network is None:
        network = Network(*items)
        scope.set_scope_network(network)
    return network


def _give_names(wanted: Iterable[_Part]) -> None:
    """Name `wanted` and all objects that the calling code sees, in the order of creation.

    A name is given once in a scope: a loop over a list sees one of its objects at a time.
    """
    network: Network | None = scope.scope_network()
    known = {id(item): item for item in ([] if network is None else network.parts)}
    found = {id(item): item for item in (*_visible(), *wanted) if id(item) not in known}
    items = [*known.values(), *sorted(found.values(), key=lambda item: item.creation_index[1])]
    given = scope.names_given()
    give_names(items, given - {item.name for item in items if item.is_named})
    given |= {item.name for item in items}


def _add(network: Network, new: list[_Part]) -> None:
    """Add objects that came into sight: before the first run all, later monitors."""
    other = [item for item in new if not isinstance(item, Monitor) and _invalidates(item)]
    if network.built and other:
        raise MagicError(
            "run",
            f"{called(other[0])} was created after the first run",
            "a network is fixed once it has run; monitors may be added",
            "create all objects before run(), or call start_scope()",
        )
    if new:
        network.add(*new)


def _invalidates(item: _Part) -> bool:
    """Whether a network that has run is another one with an object that was made since."""
    return not isinstance(item, BrianObject) or item.invalidates_magic_network


def _rest(network: Network, found: set[int]) -> None:
    """Let monitors rest that are out of sight of this run, as in Brian 2; files go on."""
    if not network.built:
        return
    for monitor in network._members.resting:
        if id(monitor) in found:
            raise ParameterError(
                "run",
                f"{monitor.name} was out of sight of an earlier run()",
                "a monitor that run() does not see records no more",
                "give it a name where run() is called, or use Network(...)",
            )
    if not found.isdisjoint(id(group) for group in network.groups):
        network._members.rest(m for m in network.monitors if id(m) not in found)


def _visible() -> Iterable[_Part]:
    for value in scope.user_names().values():
        item = value.group if isinstance(value, Subgroup) else value
        if isinstance(item, BrianObject) and not item.add_to_magic_network:
            continue
        if isinstance(item, _Part) and item.creation_index[0] == scope.current_scope():
            yield item


class MagicNetwork:
    """``magic_network`` of Brian 2: the network that `run` on its own runs, as it is now."""

    def __new__(cls) -> MagicNetwork:
        """Refuse a second one."""
        raise MagicError(
            "MagicNetwork", "there is one only", "it is magic_network", "use that, or Network(...)"
        )

    def get_states(self, units: bool = True, **given: Any) -> dict[str, Any]:
        """Values of all variables of the objects that `run` would run; see `Network.get_states`."""
        objects = [x for x in collect() if hasattr(x, "get_states")]
        return {x.name: x.get_states(units=units, **given) for x in objects}

    def __getitem__(self, name: str) -> Any:
        found = {x.name: x for x in collect()}
        # Brian 2 gives the first object of a class no number.
        for known in (name, f"{name}_0"):
            if known in found:
                return found[known]
        return unknown_name("magic_network", name, found)

    def __getattr__(self, name: str) -> Any:
        network = scope.scope_network()
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(Network() if network is None else network, name)

    def add(self, *objects: Any) -> None:
        """Refuse it: `run` finds its objects."""
        raise _by_itself("add", objects)

    def remove(self, *objects: Any) -> None:
        """Refuse it: `run` finds its objects."""
        raise _by_itself("remove", objects)

    def __repr__(self) -> str:
        return "MagicNetwork()"


magic_network = object.__new__(MagicNetwork)


def _by_itself(what: str, objects: tuple[Any, ...]) -> MagicError:
    return MagicError(
        "magic_network",
        f"{what}({', '.join(map(repr, objects))})",
        "run() finds its objects by itself",
        "use Network(...) to choose objects",
    )


scope.set_network_finder(visible_network, _give_names)
