"""Synapses between two groups that are connections of one call of ``Connect``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.errors import ParameterError
from distsnn.front.synapses.built_in_synapses import ReadySynapses
from distsnn.front.synapses.equation_synapses import EquationSynapses
from distsnn.nest_models.statement_kind import PREFIX


@dataclass(eq=False)
class ConnectionPart:
    """Synapses between two groups that are connections of one call.

    Attributes
    ----------
    synapses : ReadySynapses or EquationSynapses
    sign : float
        Their weights times this are those of the script.
    at : int64 array (n,) or None
        Place of each synapse among the connections of the call; None if it is the same.
    source, target : int64 array
        Global id of each neuron of both ends.
    port : int
    first : int
        Index of the first of them among `synapses`, which may be those of several calls.
    early : int
        By how many steps spikes act before their delay has passed.
    ahead : int
        By how many steps the delays of statements are shorter, as they act before thresholds.
    negative : bool or None
        Whether they act as negative weights do; None if weights of both signs act alike.
    """

    synapses: ReadySynapses | EquationSynapses
    sign: float
    at: np.ndarray | None
    source: np.ndarray
    target: np.ndarray
    port: int
    first: int = 0
    early: int = 0
    ahead: int = 0
    negative: bool | None = None

    def _variable(self, name: str) -> Any:
        built_in = isinstance(self.synapses, ReadySynapses)
        return getattr(self.synapses, name if built_in else PREFIX + name)

    def values(self, name: str) -> np.ndarray:
        """Values of a variable by its name in the model; ``w`` is the weight."""
        last = self.first + (self.at.size if self.at is not None else len(self.synapses))
        found: np.ndarray = self._variable(name)[:][self.first : last]
        return found

    def assign(self, name: str, own: np.ndarray, values: np.ndarray) -> None:
        """Set a variable of some of them. Collective."""
        view = self._variable(name)
        view[self.first + own] = values

    def assign_delays(self, own: np.ndarray, values: np.ndarray, dt: float) -> None:
        """Set delays (ms) of some of them. Collective.

        All of a delay lies behind the synapse; rules have it there.
        """
        if isinstance(self.synapses, ReadySynapses):
            name = "delay" if self.synapses.stdp is None else "dendritic_delay"
            self.assign(name, own, values)
            return
        self.synapses.delay[self.first + own] = values - self.ahead * dt
        self.assign("d", own, np.floor(values / dt + 0.5 + 1e-9) * dt)

    @property
    def changes(self) -> bool:
        """Whether a rule or statements may change the weights."""
        return getattr(self.synapses, "stdp", True) is not None

    def set_some(self, name: str, size: int, at: np.ndarray, values: np.ndarray) -> None:
        """Set a variable of those that are among some connections of the call. Collective.

        Parameters
        ----------
        name : str
        size : int
            Number of connections of the call.
        at : int64 array (n,)
            Places among them.
        values : float64 array (n,)
        """
        own, which = self.among(size, at)
        if own.size:
            self.assign(name, own, values[which])

    def refuse_other_sign(self, size: int, at: np.ndarray, weights: np.ndarray) -> None:
        """Raise ParameterError if a weight would act on another receptor; see `set_some`."""
        new = weights[self.among(size, at)[1]]
        if self.negative is not None and (new > 0 if self.negative else new < 0).any():
            raise ParameterError(
                "SynapseCollection.set",
                "weights get another sign after the first Simulate",
                "the sign of a weight says which receptor its spikes act on, and receptors stay",
                "connect the pairs twice, with weights of both signs, and set one of them to 0",
            )

    def among(self, size: int, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Indices of those that are among some connections of the call, and where each is there."""
        places = np.arange(size) if self.at is None else self.at
        own = np.flatnonzero(np.isin(places, at))
        order = np.argsort(at)
        return own, order[np.searchsorted(at[order], places[own])]
