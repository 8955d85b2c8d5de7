"""The neurons of a worker in the backward pass: numbers of their equations, and their state."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from distsnn.assemble.groups.neuron_arrays import local_parameters
from distsnn.assemble.rank.rank import RankBuild
from distsnn.codegen.program_arguments import OfGroup
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.models.lif_models import LIF
from distsnn.describe.models.receptors.alpha_receptor import Alpha
from distsnn.describe.models.receptors.exponential_receptor import Exponential
from distsnn.describe.models.receptors.group_receptors import receptor_names
from distsnn.describe.values.exact_functions import exact_expm1
from distsnn.errors import UnsupportedError
from distsnn.integrate.built_in.lif_sensitivities import by_time_constant
from distsnn.integrate.neuron_form import REFRACTORY_STEPS
from distsnn.kernels.adjoint.backward import (
    BY_MEMBRANE,
    BY_RISE,
    BY_X,
    DECAY,
    DECAY_OF_MEMBRANE,
    GAIN,
    GAIN_OF_CURRENT,
    GAIN_OF_RISE,
    LEAK,
    NEURON_NUMBERS,
    NEVER,
    PER_CURRENT,
    RECEPTOR_NUMBERS,
    RISE,
)
from distsnn.kernels.adjoint.backward_rows import ENTRIES_BETWEEN, ENTRIES_ON_GRID


def check_neurons(neurons: NeuronDescription) -> None:
    """Raise UnsupportedError for neurons whose derivatives are not known."""
    what = None
    if not isinstance(neurons.model, LIF):
        what = f"neurons of {type(neurons.model).__name__}"
    for receptor in neurons.receptors:
        if not isinstance(receptor, Exponential | Alpha) or receptor.output.E is not None:
            what = f"the receptor {receptor!r}"
        elif isinstance(receptor, Exponential) and receptor.content()[4:]:
            what = f"a receptor with method={receptor.method!r}"
    if what is not None:
        raise UnsupportedError(
            neurons.name,
            f"{what} in a network that learns",
            "gradients are known of LIF neurons with exponential and alpha currents",
            "use those, or leave the group out of the network",
        )


def current_names(neurons: NeuronDescription) -> tuple[tuple[str, ...], ...]:
    """Names of the variables of each receptor: its current, and what lets that rise, if any."""
    return tuple(tuple(names.variables.values()) for _, names in receptor_names(neurons.receptors))


def sensitivity_names(neurons: NeuronDescription) -> tuple[tuple[str, str | None], ...]:
    """Names of the derivatives of the potential by time constants: ``tau_m``, then receptors'.

    Behind each that of the receptor's current, but for ``tau_m``.
    """
    assert isinstance(neurons.model, LIF)
    if not neurons.model.sensitivities:
        return ()
    each = receptor_names(neurons.receptors)
    taus = [(names.acting, names.parameters["tau"]) for _, names in each]
    of_receptors = [(by_time_constant(tau), f"{x}_by_{tau}") for x, tau in taus]
    return ((by_time_constant("tau_m"), None), *of_receptors)


@dataclass(eq=False)
class AdjointNeurons:
    """The local neurons of one group.

    Attributes
    ----------
    numbers : float64 array (NEURON_NUMBERS, n)
    receptors : float64 array (R, RECEPTOR_NUMBERS, n)
    drive, drive_after : float64 array (n,)
        Slope of the potential without synaptic currents at the threshold, and at the reset, mV/ms.
    per_current : float64 array (n,)
        What a current adds to it, 1/pF.
    leak : float64 array (n,)
        One over the time constant of the membrane, 1/ms.
    V_th, above : float64 array (n,), mV
        The threshold, and how far it is above ``E_L``.
    tau : float64 array (R, n), ms
        Time constants of receptors.
    window : int
        For how many states `pulled` has room.
    between : bool
        Whether spikes are between the steps.
    index : int64 array (n,)
        Index of each within the group.
    """

    numbers: np.ndarray
    receptors: np.ndarray
    drive: np.ndarray
    drive_after: np.ndarray
    per_current: np.ndarray
    leak: np.ndarray
    V_th: np.ndarray
    above: np.ndarray
    tau: np.ndarray
    window: int
    between: bool
    index: np.ndarray
    by_membrane: np.ndarray = field(init=False)
    by_receptor: np.ndarray = field(init=False)
    until: np.ndarray = field(init=False)
    released: np.ndarray = field(init=False)
    current_gradient: np.ndarray = field(init=False)
    pulled: np.ndarray = field(init=False)
    # In continuous time.
    until_early: np.ndarray = field(init=False)
    part: np.ndarray = field(init=False)
    jump: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        n, R = self.index.size, self.n_receptors
        self.by_membrane, self.released = np.zeros(n), np.zeros(n)
        self.by_receptor = np.zeros((2 * R, n))
        self.until = np.full(n, NEVER)
        self.current_gradient = np.zeros(n)
        entries = ENTRIES_BETWEEN if self.between else ENTRIES_ON_GRID
        self.pulled = np.zeros((R, self.window, n, entries))
        self.until_early, self.part = np.zeros(n), np.ones(n)
        self.jump = np.zeros((R, self.window, n) if self.between else (R, 0, 0))

    @property
    def n_receptors(self) -> int:
        """Number of receptors."""
        return self.receptors.shape[0]

    def local(self, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which members of the group are local: their lids, and where they are in `index`."""
        order = np.argsort(self.index)
        ascending = self.index[order]
        at = np.minimum(np.searchsorted(ascending, index), max(0, ascending.size - 1))
        known = ascending[at] == index if ascending.size else np.zeros(at.size, dtype=bool)
        position = np.flatnonzero(known)
        return order[at[position]], position

    def pulled_by(self, receptor: int) -> tuple[np.ndarray, np.ndarray]:
        """Derivatives that events of one receptor meet: `pulled` and `jump` of `pull_rows`."""
        return self.pulled[receptor].reshape(-1), self.jump[receptor].reshape(-1)


def adjoint_neurons(build: RankBuild, group: int, window: int, between: bool) -> AdjointNeurons:
    """The local neurons of group `group` with the parameters that they have now."""
    description, form = build.description, build.forms[group]
    neurons = description.groups[group]
    assert isinstance(neurons, NeuronDescription)
    n, ranges = build.partition.counts[group], build.partition.ranges[group]
    given = local_parameters(neurons, ranges, description.seed, description.dt)
    given = {**given, "dt": description.dt}
    known = {c.name: c.evaluate(given) for c in form.coefficients}

    def of_each(value: float | np.ndarray) -> np.ndarray:
        return np.array(np.broadcast_to(value, (n,)), dtype=np.float64)

    numbers = np.zeros((NEURON_NUMBERS, n))
    tau_m, C_m, I_e = (of_each(given[name]) for name in ("tau_m", "C_m", "I_e"))
    numbers[DECAY_OF_MEMBRANE] = known["decay_V_m"]
    numbers[GAIN_OF_CURRENT] = -exact_expm1(-description.dt / tau_m) * tau_m / C_m
    numbers[LEAK], numbers[PER_CURRENT] = 1.0 / tau_m, 1.0 / C_m
    each = receptor_names(neurons.receptors)
    receptors = np.zeros((len(each), RECEPTOR_NUMBERS, n))
    time_constants = np.zeros((len(each), n))
    for r, (receptor, names) in enumerate(each):
        row, x, tau = receptors[r], names.acting, given[names.parameters["tau"]]
        time_constants[r] = tau
        row[DECAY], row[GAIN] = known[f"decay_{x}"], known[f"gain_{x}"]
        if isinstance(receptor, Alpha):
            _, rise = names.variables.values()
            row[RISE], row[GAIN_OF_RISE] = known[f"rise_of_{x}"], known[f"gain_{rise}"]
            row[BY_X], row[BY_RISE] = math.e / tau, -1.0 / tau
        else:
            row[BY_MEMBRANE], row[BY_X] = 1.0 / C_m, -1.0 / tau
    E_L, V_th, V_reset = (of_each(given[name]) for name in ("E_L", "V_th", "V_reset"))
    index = [np.arange(part.start, part.stop) for part in ranges]
    return AdjointNeurons(
        numbers,
        receptors,
        (E_L - V_th) / tau_m + I_e / C_m,
        (E_L - V_reset) / tau_m + I_e / C_m,
        1.0 / C_m,
        1.0 / tau_m,
        V_th,
        V_th - E_L,
        time_constants,
        window,
        between,
        np.concatenate([np.empty(0, np.int64), *index]),
    )


def refractory_steps(build: RankBuild, group: int) -> np.ndarray:
    """For how many steps (int64 (n,)) each local neuron of a group is refractory after a spike."""
    value = build.arrays[OfGroup(group).coefficient(REFRACTORY_STEPS)]
    return np.broadcast_to(value, (build.partition.counts[group],)).astype(np.int64)
