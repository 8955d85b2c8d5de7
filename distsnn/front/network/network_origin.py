"""The origin of a network: the command that made it, and the parameters of its model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from distsnn.describe.checks.settable import BETWEEN_RUNS
from distsnn.errors import ParameterError
from distsnn.front.network.network_state import NetworkState


class NetworkOrigin:
    """A network as its files name it."""

    SETTABLE: ClassVar[Mapping[str, str]] = {"origin": BETWEEN_RUNS, "parameters": BETWEEN_RUNS}
    _state: NetworkState

    @property
    def origin(self) -> dict[str, Any]:
        """The script or model that made the network; checkpoints keep it for ``distsnn resume``."""
        return self._state.origin

    @origin.setter
    def origin(self, origin: dict[str, Any]) -> None:
        self._state.origin = origin

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters of the model by name, such as ``{"g": 5.0}``, which all files keep.

        ``distsnn run`` and `load` know those of a model file; scripts may set theirs.
        """
        return self._state.parameters

    @parameters.setter
    def parameters(self, parameters: Mapping[str, Any]) -> None:
        if not isinstance(parameters, Mapping) or not all(isinstance(n, str) for n in parameters):
            raise ParameterError(
                "Network.parameters",
                f"parameters={parameters!r}",
                "parameters are a dict of values by name",
                "correct it",
            )
        self._state.parameters = dict(parameters)
