"""An independent simulator: obvious loops in numpy, written from section 4 of the design.

It takes parameters, initial states and edges from the users' objects, and shares no code with
the engine: current-based neurons are integrated with the matrix exponential, events wait in a
list for each step. It knows neither ranks nor exchange intervals.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from scipy.linalg import expm

import distsnn as snn

Spike = tuple[int, int, int]


@dataclass
class Neurons:
    """One group: parameters, the membrane, and one row of `g` for each exponential receptor."""

    group: snn.NeuronGroup
    dt: float
    V: np.ndarray = field(init=False)
    g: np.ndarray = field(init=False)
    last: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        names = self.group.describe().receptor_variables
        self.exponential = [
            (r, name)
            for r, name in zip(self.group.receptors, names, strict=True)
            if isinstance(r, snn.Exponential)
        ]
        self.row = {id(r): k for k, (r, _) in enumerate(self.exponential)}
        self.p = {
            name: getattr(self.group, name)
            for name in ("C_m", "tau_m", "E_L", "V_th", "V_reset", "t_ref", "I_e")
        }
        self.held = np.array([math.ceil(round(t / self.dt, 6)) for t in self.p["t_ref"]])
        self.V = np.array(self.group.V_m)  # the attribute itself writes through
        self.g = np.array([getattr(self.group, name) for _, name in self.exponential])
        self.g = self.g.reshape(len(self.exponential), self.group.N)
        self.last = np.full(self.group.N, -(10**9))
        self.conductance_based = any(
            not isinstance(r.output, snn.CUBA) for r, _ in self.exponential
        )
        if not self.conductance_based:
            self.propagator = [self._propagator(n) for n in range(self.group.N)]

    def _propagator(self, n: int) -> np.ndarray:
        """exp(A dt) of the linear system in (V, g_0, g_1, ..., 1)."""
        size = len(self.exponential) + 2
        A = np.zeros((size, size))
        A[0, 0] = -1.0 / self.p["tau_m"][n]
        A[0, -1] = self.p["E_L"][n] / self.p["tau_m"][n] + self.p["I_e"][n] / self.p["C_m"][n]
        for k, (receptor, _) in enumerate(self.exponential):
            A[0, k + 1] = 1.0 / self.p["C_m"][n]
            A[k + 1, k + 1] = -1.0 / receptor.tau
        return expm(A * self.dt)

    def refractory(self, step: int, n: int) -> bool:
        """Whether neuron n is held in this step."""
        return step - self.last[n] <= self.held[n]

    def update(self, step: int, arriving: dict[int, float]) -> list[int]:
        """Advance by one step; `arriving` is added. Neurons that cross the threshold."""
        spiked = []
        for n in range(self.group.N):
            if self.conductance_based:
                potential, g = self._exponential_midpoint(n)
            else:
                state = self.propagator[n] @ np.array([self.V[n], *self.g[:, n], 1.0])
                potential, g = state[0], state[1:-1]
            self.g[:, n] = g
            if not self.refractory(step, n):
                potential += arriving.get(n, 0.0)
                self.V[n] = potential
                if potential >= self.p["V_th"][n]:
                    spiked.append(n)
        return spiked

    def _exponential_midpoint(self, n: int) -> tuple[float, np.ndarray]:
        """Exponentials under the means of the conductances over the step."""
        g = self.g[:, n].copy()
        mean = g.copy()
        for k, (receptor, _) in enumerate(self.exponential):
            h = self.dt / receptor.tau
            mean[k] *= (1 - math.exp(-h)) / h
            g[k] *= math.exp(-h)
        V = self.V[n]
        if any(isinstance(r.output, snn.MgBlock) for r, _ in self.exponential):
            middle = self._exponential(n, V, mean, V, self.dt / 2)
            return self._exponential(n, V, mean, middle, self.dt), g
        return self._exponential(n, V, mean, V, self.dt), g

    def _exponential(
        self, n: int, V: float, mean: np.ndarray, blocked_at: float, duration: float
    ) -> float:
        """The membrane under constant conductances, with the block of one potential."""
        C = self.p["C_m"][n]
        a = 1.0 / self.p["tau_m"][n]
        b = self.p["E_L"][n] / self.p["tau_m"][n] + self.p["I_e"][n] / C
        for (receptor, _), g in zip(self.exponential, mean, strict=True):
            output, block = receptor.output, 1.0
            if isinstance(output, snn.CUBA):
                b += g / C
                continue
            if isinstance(output, snn.MgBlock):
                block += output.cc_Mg / output.beta * math.exp(-output.alpha * blocked_at)
            a += g / block / C
            b += g / block * output.E / C
        return b / a + (V - b / a) * math.exp(-a * duration)


class Plasticity:
    """Short-term plasticity of one `Synapses`, advanced step by step for each source."""

    def __init__(self, stp: snn.STD | snn.STP, n: int, dt: float) -> None:
        self.stp = stp
        self.dt = dt
        self.x = np.ones(n)
        self.u = np.full(n, stp.u_0 if isinstance(stp, snn.STP) else stp.U)

    def advance(self) -> None:
        """Relax for one step."""
        facilitating = isinstance(self.stp, snn.STP)
        tau = self.stp.tau_d if facilitating else self.stp.tau
        self.x = 1 - (1 - self.x) * math.exp(-self.dt / tau)
        if facilitating:
            self.u *= math.exp(-self.dt / self.stp.tau_f)

    def spike(self, i: int) -> float:
        """What a spike of source i releases."""
        u, x = self.u[i], self.x[i]
        if isinstance(self.stp, snn.STP):
            self.u[i] += self.stp.U * (1 - u)
            u = self.u[i] if self.stp.u == "after" else u
        self.x[i] -= self.u[i] * x
        x = self.x[i] if self.stp.x == "after" else x
        return u * x if isinstance(self.stp, snn.STP) else x


class Reference:
    """The network of a `distsnn.Network` that has not run yet.

    Parameters
    ----------
    network : distsnn.Network
        Without Poisson input. Poisson groups spike as `given` says.
    given : dict of int to (steps, indices)
        Spikes of groups, by their position in the network, that are not simulated.
    """

    def __init__(
        self, network: snn.Network, given: dict[int, tuple[np.ndarray, np.ndarray]] | None = None
    ) -> None:
        assert not network.inputs
        self.network = network
        self.position = {id(g): k for k, g in enumerate(network.groups)}
        self.neurons = {
            k: Neurons(g, network.dt)
            for k, g in enumerate(network.groups)
            if isinstance(g, snn.NeuronGroup)
        }
        self.given: dict[tuple[int, int], list[int]] = defaultdict(list)
        for k, group in enumerate(network.groups):
            if isinstance(group, snn.SpikeGeneratorGroup):
                steps = np.floor(group.times / network.dt + 0.5 + 1e-9).astype(int)
                self._give(k, steps, group.indices)
        for k, (steps, indices) in (given or {}).items():
            self._give(k, steps, indices)
        self.edges: dict[tuple[int, int], list[tuple]] = defaultdict(list)
        self.plastic: dict[int, Plasticity] = {}
        for synapses in network.synapses:
            self._connect(synapses)
        self.due: dict[int, list[tuple[int, object, int, float]]] = defaultdict(list)
        self.spikes: list[Spike] = []
        self.step = 0

    def _give(self, k: int, steps: np.ndarray, indices: np.ndarray) -> None:
        for step, index in zip(steps.tolist(), indices.tolist(), strict=True):
            self.given[k, step].append(index)

    def _connect(self, synapses: snn.Synapses) -> None:
        source = self.position[id(synapses.source.group)]
        target = self.position[id(synapses.target.group)]
        if synapses.stp is not None:
            n = len(synapses.source)
            self.plastic[id(synapses)] = Plasticity(synapses.stp, n, self.network.dt)
        for i, j, weight, delay in zip(
            synapses.i.tolist(),
            synapses.j.tolist(),
            synapses.weight.tolist(),
            synapses.delay.tolist(),
            strict=True,
        ):
            steps = round(delay / self.network.dt)
            assert abs(steps * self.network.dt - delay) < 1e-9
            self.edges[source, synapses.source.start + i].append(
                (
                    target,
                    synapses.target.start + j,
                    synapses.receptor,
                    steps,
                    weight,
                    id(synapses),
                    i,
                )
            )

    def run(self, n_steps: int) -> None:
        """Advance by `n_steps`."""
        for _ in range(n_steps):
            self._one_step()
            self.step += 1

    def _one_step(self) -> None:
        step = self.step
        spiked: dict[int, list[int]] = {}
        for k in range(len(self.network.groups)):
            if k in self.neurons:
                spiked[k] = self.neurons[k].update(step, self._arriving(step, k))
                self.neurons[k].last[spiked[k]] = step
            else:
                spiked[k] = sorted(self.given[k, step])
            self.spikes += [(step, k, n) for n in spiked[k]]
        self._send(step, spiked)
        for target, receptor, j, weight in self.due.pop(step, []):
            neurons = self.neurons[target]
            if not isinstance(receptor, snn.Delta):
                neurons.g[neurons.row[id(receptor)], j] += weight
            elif not neurons.refractory(step, j):
                neurons.V[j] += weight
        for k, neurons in self.neurons.items():
            neurons.V[spiked[k]] = neurons.p["V_reset"][spiked[k]]

    def _arriving(self, step: int, k: int) -> dict[int, float]:
        """What delta receptors of group k get before the threshold: all but delays of 0."""
        found: dict[int, float] = defaultdict(float)
        due = self.due.get(step, [])
        for target, receptor, j, weight in due:
            if target == k and isinstance(receptor, snn.Delta):
                found[j] += weight
        self.due[step] = [e for e in due if e[0] != k or not isinstance(e[1], snn.Delta)]
        return found

    def _send(self, step: int, spiked: dict[int, list[int]]) -> None:
        """Let the spikes of a step begin their way."""
        if step > 0:
            for plasticity in self.plastic.values():
                plasticity.advance()
        for k, indices in spiked.items():
            for i in indices:
                efficacy: dict[int, float] = {}
                for target, j, receptor, delay, weight, which, own in self.edges[k, i]:
                    if which in self.plastic and which not in efficacy:
                        efficacy[which] = self.plastic[which].spike(own)
                    self.due[step + delay].append(
                        (target, receptor, j, weight * efficacy.get(which, 1.0))
                    )
