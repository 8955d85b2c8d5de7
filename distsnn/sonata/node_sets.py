"""Sets of nodes: names, or conditions on attributes, and the nodes that they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from distsnn.sonata.circuit_files import read_json
from distsnn.sonata.configuration import Configuration
from distsnn.sonata.nodes import NodePopulation


class NodeSets:
    """The node sets of a configuration.

    Parameters
    ----------
    populations : sequence of NodePopulation
        Each is a node set by its name.
    """

    def __init__(self, configuration: Configuration, populations: Sequence[NodePopulation]) -> None:
        self._configuration = configuration
        self._populations = {p.name: p for p in populations}
        self._named = dict(configuration.section("node_sets"))
        name = configuration.content.get("node_sets_file")
        if name is not None:
            self._named |= read_json(Path(name), str(configuration.path))

    def nodes(self, given: Any, used_in: str) -> Mapping[str, np.ndarray]:
        """The nodes that a set means: positions (int64 (n,), ascending) by population.

        Raises FileError if it means nothing.

        Parameters
        ----------
        given : str, mapping or list
            A name, attributes with their values, or a list of names or of node ids.
        used_in : str
            Where it stands, for messages.
        """
        found = self._masks(given, used_in, ())
        return {name: np.flatnonzero(mask) for name, mask in found.items() if mask.any()}

    def _masks(self, given: Any, used_in: str, above: tuple[str, ...]) -> dict[str, np.ndarray]:
        if isinstance(given, str):
            return self._of_name(given, used_in, above)
        if isinstance(given, dict):
            return self._of_attributes(given, used_in)
        if isinstance(given, list) and all(isinstance(part, str) for part in given):
            return _union([self._masks(part, used_in, above) for part in given])
        if isinstance(given, list) and all(isinstance(part, int) for part in given):
            return self._of_attributes({"node_id": given}, used_in)
        raise self._configuration.refused(
            f"{used_in} has the node set {given!r}",
            "a node set is a name, an object of attributes, a list of names or of node ids",
        )

    def _of_name(self, name: str, used_in: str, above: tuple[str, ...]) -> dict[str, np.ndarray]:
        if name in self._named:
            if name in above:
                raise self._configuration.refused(
                    f"the node set {name} contains itself", "sets are made of other sets"
                )
            return self._masks(self._named[name], f"node set {name}", (*above, name))
        if name in self._populations:
            return {name: np.ones(self._populations[name].size, dtype=bool)}
        if name == "all":
            return {n: np.ones(p.size, dtype=bool) for n, p in self._populations.items()}
        known = [*self._named, *self._populations]
        raise self._configuration.refused(
            f"{used_in} has the node set {name!r}",
            f"node sets and populations are {', '.join(known)}",
            "define it in node_sets",
        )

    def _of_attributes(self, given: Mapping[str, Any], used_in: str) -> dict[str, np.ndarray]:
        wanted = given.get("population", list(self._populations))
        names = wanted if isinstance(wanted, list) else [wanted]
        unknown = [name for name in names if name not in self._populations]
        if unknown:
            raise self._configuration.refused(
                f"{used_in} has the population {unknown[0]!r}",
                f"populations are {', '.join(self._populations)}",
            )
        found, missing = {}, set[str]()
        for name in names:
            mask = np.ones(self._populations[name].size, dtype=bool)
            for attribute, value in given.items():
                if attribute == "population":
                    continue
                try:
                    mask &= self._populations[name].matches(attribute, value)
                except KeyError:
                    missing.add(attribute)
                    mask[:] = False
            found[name] = mask
        for attribute in missing:
            if not any(mask.any() for mask in found.values()):
                raise self._configuration.refused(
                    f"{used_in} asks for the attribute {attribute!r}",
                    f"no node of {', '.join(names)} has it",
                    "correct its name",
                )
        return found


def _union(parts: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    for part in parts:
        for name, mask in part.items():
            found[name] = found[name] | mask if name in found else mask
    return found
