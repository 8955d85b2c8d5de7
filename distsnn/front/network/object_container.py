"""A network as a container of its objects, by kind and by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from distsnn.errors import ParameterError, unknown_name
from distsnn.front.monitors.monitor import Monitor
from distsnn.front.names.named import checked_name
from distsnn.front.network.members import Members
from distsnn.front.neurons.group_base import SpikeSource
from distsnn.front.neurons.poisson_input import PoissonInput
from distsnn.front.synapses.synapses_base import Synapses

_counted: Counter[str] = Counter()


def network_name(name: str) -> str:
    """The name of a network; ``network*`` stands for ``network``, ``network_1``, ...

    Raises ParameterError if it is no name.
    """
    pattern = name.removesuffix("*") if isinstance(name, str) else name
    checked = checked_name("Network", pattern)
    assert checked is not None
    if checked == name:
        return checked
    number = _counted[checked]
    _counted[checked] += 1
    return f"{checked}_{number}" if number else checked


class ObjectContainer:
    """A network as a container: by kind and by name. It only reads the members."""

    _members: Members
    _name: str

    @property
    def name(self) -> str:
        """Name of the network."""
        return self._name

    def __getitem__(self, name: str) -> Any:
        if not isinstance(name, str):
            raise ParameterError(
                "Network", f"[{name!r}]", "an index of a network is the name of an object",
                "give its name",
            )  # fmt: skip
        found = {item.name: item for item in self.parts}
        if name not in found:
            unknown_name("Network", name, found)
        return found[name]

    def __contains__(self, name: object) -> bool:
        return any(item.name == name for item in self.parts)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.objects)

    def __len__(self) -> int:
        return len(self.parts)

    def __bool__(self) -> bool:
        return True

    @property
    def parts(self) -> list[Any]:
        """All objects of the network."""
        return self._present(self._members)

    @property
    def objects(self) -> list[Any]:
        """The objects that were added, without those that they contain."""
        members = self._members
        return self._present([*members.described, *members.monitors, *members.called])

    def _present(self, objects: Iterable[Any]) -> list[Any]:
        """Those that have not been removed."""
        removed = self._members.removed
        return [x for x in objects if not any(x is known for known in removed)]

    @property
    def groups(self) -> tuple[SpikeSource, ...]:
        """The groups, in the order in which they were added."""
        return tuple(self._members.groups)

    @property
    def synapses(self) -> tuple[Synapses, ...]:
        """The synapses, in the order in which they were added."""
        return tuple(self._members.synapses)

    @property
    def inputs(self) -> tuple[PoissonInput, ...]:
        """The Poisson inputs, in the order in which they were added."""
        return tuple(self._members.inputs)

    @property
    def monitors(self) -> tuple[Monitor, ...]:
        """The monitors, in the order in which they were added."""
        return tuple(self._members.monitors)

    def get_states(self, units: bool = True, **given: Any) -> dict[str, Any]:
        """Values of all variables by object; for ``units`` and others see that of a group."""
        objects = [x for x in self.parts if hasattr(x, "get_states")]
        return {x.name: x.get_states(units=units, **given) for x in objects}

    def set_states(self, values: Mapping[str, Any], units: bool = True, **given: Any) -> None:
        """Set variables of objects by name; for ``units`` and others see that of a group."""
        for name, states in values.items():
            self[name].set_states(states, units=units, **given)
