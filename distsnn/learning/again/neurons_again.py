"""The neurons of a worker in a run in continuous time: numbers of their equations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from distsnn.assemble.groups.neuron_arrays import local_parameters
from distsnn.assemble.rank.rank import RankBuild
from distsnn.describe.groups import NeuronDescription
from distsnn.describe.models.lif_models import LIF
from distsnn.describe.models.receptors.alpha_receptor import Alpha
from distsnn.describe.models.receptors.group_receptors import receptor_names
from distsnn.kernels.adjoint import between_steps as numbered


@dataclass(frozen=True, eq=False)
class NeuronsAgain:
    """The local neurons of one group; see `kernels.adjoint.between_steps`.

    Attributes
    ----------
    numbers : float64 array (NUMBERS, n)
    receptors : float64 array (R, OF_RECEPTOR, n)
    n_receptors : int
    sensitive : bool
        Whether states have derivatives by time constants.
    states : int
        Number of states of a neuron.
    index : int64 array (n,)
        Index of each within the group.
    """

    numbers: np.ndarray
    receptors: np.ndarray
    n_receptors: int
    sensitive: bool
    states: int
    index: np.ndarray

    @property
    def kept(self) -> int:
        """Values that are kept of a state: the potential, and its derivatives."""
        return 2 + self.n_receptors if self.sensitive else 1


def neurons_again(build: RankBuild, group: int) -> NeuronsAgain:
    """The local neurons of group `group` with the parameters that they have now."""
    description, form = build.description, build.forms[group]
    neurons = description.groups[group]
    assert isinstance(neurons, NeuronDescription)
    assert isinstance(neurons.model, LIF)
    n, ranges = build.partition.counts[group], build.partition.ranges[group]
    given = local_parameters(neurons, ranges, description.seed, description.dt)
    given = {**given, "dt": description.dt}
    known = {c.name: c.evaluate(given) for c in form.coefficients}
    numbers = np.zeros((numbered.NUMBERS, n))
    tau_m, C_m, E_L = (given[name] for name in ("tau_m", "C_m", "E_L"))
    numbers[numbered.DECAY], numbers[numbered.REST] = known["decay_V_m"], known["rest"]
    numbers[numbered.V_TH], numbers[numbered.V_RESET] = given["V_th"], given["V_reset"]
    numbers[numbered.E_L], numbers[numbered.LEAK] = E_L, 1.0 / tau_m
    numbers[numbered.PER_CURRENT] = 1.0 / C_m
    numbers[numbered.DRIVE] = E_L / tau_m + given["I_e"] / C_m
    sensitive = neurons.model.sensitivities
    if sensitive:
        numbers[numbered.DECAY_BY_TAU] = known["decay_V_m_by_tau_m"]
        numbers[numbered.REST_BY_TAU] = known["rest_by_tau_m"]
    each = receptor_names(neurons.receptors)
    receptors = np.zeros((len(each), numbered.OF_RECEPTOR, n))
    for r, (receptor, names) in enumerate(each):
        row, x, tau = receptors[r], names.acting, names.parameters["tau"]
        alpha = isinstance(receptor, Alpha)
        rise = list(names.variables.values())[1] if alpha else ""
        columns = {
            numbered.FADES: (f"decay_{x}", True),
            numbered.GAIN: (f"gain_{x}", True),
            numbered.RISES: (f"rise_of_{x}", alpha),
            numbered.GAIN_OF_RISE: (f"gain_{rise}", alpha),
            numbered.GAIN_BY_TAU_M: (f"gain_{x}_by_tau_m", sensitive),
            numbered.GAIN_OF_RISE_BY_TAU_M: (f"gain_{rise}_by_tau_m", alpha and sensitive),
            numbered.FADES_BY_TAU: (f"decay_{x}_by_{tau}", sensitive),
            numbered.RISES_BY_TAU: (f"rise_of_{x}_by_{tau}", alpha and sensitive),
            numbered.GAIN_BY_TAU: (f"gain_{x}_by_{tau}", sensitive),
            numbered.GAIN_OF_RISE_BY_TAU: (f"gain_{rise}_by_{tau}", alpha and sensitive),
        }
        for column, (name, there) in columns.items():
            if there:
                row[column] = known[name]
        row[numbered.RATE], row[numbered.IS_ALPHA] = 1.0 / given[tau], alpha
    index = [np.arange(part.start, part.stop) for part in ranges]
    R = len(each)
    return NeuronsAgain(
        numbers,
        receptors,
        R,
        sensitive,
        1 + 2 * R + (1 + 3 * R if sensitive else 0),
        np.concatenate([np.empty(0, np.int64), *index]),
    )
