"""Synaptic elements and calcium of neurons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from distsnn.errors import ParameterError, unknown_name
from distsnn.kernels.structure.growth import GAUSSIAN, LINEAR, SIGMOID, grow
from distsnn.nest.models.model_table import STRUCTURE
from distsnn.nest.nodes.block import Block

# The number of a curve, and its parameters.
CURVES: Mapping[str, tuple[int, Mapping[str, float]]] = {
    "linear": (LINEAR, {"eps": 0.7}),
    "gaussian": (GAUSSIAN, {"eps": 0.7, "eta": 0.1}),
    "sigmoid": (SIGMOID, {"eps": 0.7, "psi": 0.1}),
}
_ELEMENT: Mapping[str, Any] = {
    "growth_rate": 1.0,
    "tau_vacant": 0.1,
    "continuous": True,
    "z": 0.0,
    "z_connected": 0,
    "growth_curve": "linear",
}
FOLLOWED = tuple(STRUCTURE)


def checked_elements(given: Any, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Synaptic elements by name, with all their parameters.

    Parameters
    ----------
    given : mapping of str to mapping
    before : mapping of str to mapping, optional
        What the elements were: others stay as they are, and those that there are are changed.

    Raises
    ------
    ParameterError
        If a name or value is not known.
    """
    found = {} if before is None else dict(before)
    for name, spec in dict(given).items():
        if before is not None and name not in before:
            unknown_name("synaptic_elements_param", name, before)
        known = dict(found.get(name, _ELEMENT))
        curve = spec.get("growth_curve", known["growth_curve"])
        if curve not in CURVES:
            unknown_name("growth_curve", str(curve), CURVES)
        allowed = {**_ELEMENT, **CURVES[curve][1]}
        for key in spec:
            if key not in allowed:
                unknown_name(f"synaptic element {name}", key, allowed)
        made = {key: spec.get(key, known.get(key, value)) for key, value in allowed.items()}
        if made["tau_vacant"] <= 0:
            raise ParameterError(
                f"synaptic element {name}", f"tau_vacant={made['tau_vacant']!r}", "it is > 0",
                "correct it",
            )  # fmt: skip
        found[name] = made
    return found


@dataclass(eq=False)
class SynapticElements:
    """Synaptic elements and calcium of the neurons of a block.

    Attributes
    ----------
    names : list of str
        All kinds of elements; a neuron without one of them has it with the number 0.
    specs : list of dict
        Elements of each neuron, as `checked_elements` gives them.
    z : float64 array (e, n)
        Number of each element.
    connected : int64 array (e, n)
    calcium, tau, beta : float64 array (n,)
    last : int64 array (n,)
        Step of the last change.
    """

    names: list[str]
    specs: list[dict[str, Any]]
    z: np.ndarray
    connected: np.ndarray
    calcium: np.ndarray
    tau: np.ndarray
    beta: np.ndarray
    last: np.ndarray

    @staticmethod
    def of(block: Block) -> SynapticElements:
        """Those that neurons begin with."""
        specs = [block.get("synaptic_elements", k) for k in range(block.n)]
        names = sorted({name for spec in specs for name in spec})
        every = np.arange(block.n)
        calcium, tau, beta = (block.values(name, every) for name in FOLLOWED[:3])
        made = SynapticElements(
            names, specs, np.zeros((len(names), block.n)),
            np.zeros((len(names), block.n), np.int64), calcium, tau, beta,
            np.zeros(block.n, np.int64),
        )  # fmt: skip
        made.z, made.connected = made._each("z"), made._each("z_connected").astype(np.int64)
        return made

    def _each(self, key: str) -> np.ndarray:
        """A number of each element of each neuron, float64 (e, n)."""
        rows = [[spec.get(name, {}).get(key, 0.0) for spec in self.specs] for name in self.names]
        return np.array(rows, dtype=np.float64).reshape(len(self.names), len(self.specs))

    def grow(self, spikes: tuple[np.ndarray, np.ndarray], until: int, h: float) -> None:
        """Let all grow with spikes (places and steps), up to a step."""
        index, step = spikes
        order = np.lexsort((step, index))
        begins = np.searchsorted(index[order], np.arange(len(self.specs) + 1))
        curves = [[CURVES[s[n]["growth_curve"]][0] if n in s else LINEAR for s in self.specs]
                  for n in self.names]  # fmt: skip
        kind = np.array(curves, dtype=np.int64).reshape(self.z.shape)
        low = np.where(self._each("eps"), self._each("eps"), 1e-300)
        high = np.where(kind == SIGMOID, self._each("psi"), self._each("eta"))
        grow(
            self.z, self.calcium, self.last, begins, step[order].astype(np.int64), until, h,
            self.tau, self.beta, kind, self._each("growth_rate"), low, high,
        )  # fmt: skip

    def vacant(self, name: str) -> np.ndarray:
        """How many elements of a kind each neuron has to connect, < 0 to disconnect, int64 (n,)."""
        if name not in self.names:
            return np.zeros(len(self.specs), np.int64)
        e = self.names.index(name)
        return np.floor(self.z[e]).astype(np.int64) - self.connected[e]

    def connect(self, name: str, members: np.ndarray, by: int) -> None:
        """Elements of some neurons (each as often as it occurs) are connected, or not any more."""
        if name not in self.names:
            return
        e = self.names.index(name)
        has = np.array([name in spec for spec in self.specs])
        np.add.at(self.connected[e], members[has[members]], by)
        # None of these can be connected with more elements than it has.
        own = np.unique(members[has[members]])
        self.z[e, own] += np.maximum(self.connected[e, own] - np.floor(self.z[e, own]), 0.0)

    def decay(self) -> None:
        """Vacant elements become fewer."""
        vacant = np.floor(self.z) - self.connected
        self.z -= np.where(vacant > 0, vacant * self._each("tau_vacant"), 0.0)

    def value(self, name: str, member: int) -> Any:
        """One of the parameters of `FOLLOWED` of a neuron now."""
        if name != "synaptic_elements":
            return float(
                {"Ca": self.calcium, "tau_Ca": self.tau, "beta_Ca": self.beta}[name][member]
            )
        numbers = {name: e for e, name in enumerate(self.names)}
        return {
            name: {
                **spec,
                "z": float(self.z[numbers[name], member]),
                "z_connected": int(self.connected[numbers[name], member]),
            }
            for name, spec in self.specs[member].items()
        }

    def take(self, block: Block, name: str, members: np.ndarray) -> None:
        """Take over a parameter that was set."""
        if name == "synaptic_elements":
            for member in members.tolist():
                self.specs[member] = block.get(name, member)
            return
        of = {"Ca": self.calcium, "tau_Ca": self.tau, "beta_Ca": self.beta}[name]
        of[members] = block.values(name, members)


class Structure:
    """State of structural plasticity that ``ResetKernel`` forgets.

    Attributes
    ----------
    enabled : bool
    synapses : dict of str to dict
        Models of synapses that come and go, with the elements that they need.
    """

    def __init__(self) -> None:
        self.enabled = False
        self.synapses: dict[str, dict[str, Any]] = {}
        self._of: dict[int, SynapticElements] = {}

    def of(self, block: Block) -> SynapticElements | None:
        """The elements of the neurons of a block; None if nothing of them was ever set."""
        if block.first not in self._of and any(name in block.columns for name in FOLLOWED):
            self._of[block.first] = SynapticElements.of(block)
        return self._of.get(block.first)

    def forget(self, block: Block) -> None:
        """Let the neurons of a block begin with the elements that they are given."""
        self._of.pop(block.first, None)

    def connect(self, blocks: Sequence[Block], name: str, gids: np.ndarray, by: int) -> None:
        """Elements of some nodes are connected (`by` is 1), or not any more (-1)."""
        for block in blocks:
            own = gids[(gids >= block.first) & (gids < block.first + block.n)] - block.first
            elements = self.of(block) if own.size and block.knows("synaptic_elements") else None
            if elements is not None:
                elements.connect(name, own, by)
