"""Parameters of the local neurons that have been computed, until they are assigned anew."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from distsnn.describe.groups import NeuronDescription
from distsnn.describe.models.receptors.receptor import Coefficient
from distsnn.integrate.neuron_form import NeuronForm


class KnownParameters:
    """Values of parameters of the groups of a rank, until they are assigned anew."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, float | np.ndarray]] = {}
        self._concerned: dict[tuple[str, str], tuple[list[Coefficient], list[str]]] = {}

    def forget(self, group: str, name: str | None = None) -> None:
        """Let a parameter of a group, or all of them, be computed again."""
        if name is None:
            self._known.pop(group, None)
        else:
            self._known.get(group, {}).pop(name, None)

    def concerned(
        self, group: str, variable: str, form: NeuronForm
    ) -> tuple[list[Coefficient], list[str]]:
        """The coefficients of a group that depend on a parameter, and all that these depend on."""
        key = group, variable
        if key not in self._concerned:
            changed = [c for c in form.coefficients if variable in c.depends_on]
            names = dict.fromkeys(name for c in changed for name in c.depends_on)
            self._concerned[key] = changed, list(names)
        return self._concerned[key]

    def value(
        self, group: NeuronDescription, name: str, compute: Callable[[], float | np.ndarray]
    ) -> float | np.ndarray:
        """The value of a parameter, which `compute` gives if it is not known; for reading only."""
        known = self._known.setdefault(group.name, {})
        if name not in known:
            known[name] = compute()
        return known[name]
