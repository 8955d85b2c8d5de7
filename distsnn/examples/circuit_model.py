"""A configuration of SONATA as a model that the command runs."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distsnn.later import Later

if TYPE_CHECKING:
    from distsnn.sonata import circuit_output, configuration
else:
    circuit_output = Later("distsnn.sonata.circuit_output")
    configuration = Later("distsnn.sonata.configuration")


@dataclass(frozen=True)
class CircuitModel:
    """A configuration of SONATA.

    Attributes
    ----------
    name : str
        Name of the file without its ending.
    path : Path
    """

    name: str
    path: Path

    @property
    def parameters(self) -> dict[str, Any]:
        """Names of parameters: variables of the manifest are not listed."""
        return {}

    @property
    def duration(self) -> float:
        """Time that a run takes by default (ms)."""
        return configuration.read_configuration(self.path).duration

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of the configuration."""
        return configuration.read_configuration(self.path).files

    def takes(self, name: str) -> bool:
        """Whether the network has a parameter: every name may be that of a variable."""
        return name != "seed"

    def output(self, settings: Mapping[str, Any]) -> circuit_output.CircuitOutput:
        """The files that a run writes, with some values of variables."""
        return circuit_output.CircuitOutput.of(
            configuration.read_configuration(self.path, settings)
        )

    def network(self, **parameters: Any) -> Any:
        """The network of the circuit.

        Parameters
        ----------
        **parameters : object
            Values of variables, which take the place of those of the manifest.

        Raises
        ------
        FileError
            See `Network.from_sonata`.
        """
        made = importlib.import_module("distsnn").Network.from_sonata(self.path, parameters)
        made.parameters = parameters
        return made

    def report(self, network: Any, spikes: Any) -> str:
        """Nothing: a configuration has no text of its own."""
        del network, spikes
        return ""

    def measures(self, network: Any, spikes: Any) -> dict[str, Any]:
        """None: see `report`."""
        del network, spikes
        return {}
