"""Random networks that between them use every part of a description."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

import distsnn as snn

DT = 0.1
RULES = (
    "all",
    "all no autapses",
    "one to one",
    "pairs",
    "p",
    "p no autapses",
    "indegree",
    "indegree distinct",
    "outdegree",
    "outdegree distinct",
    "total",
    "total distinct",
)
WEIGHTS = ("number", "normal", "lognormal", "uniform", "array")
DELAYS = (
    "zero",
    "one step",
    "number",
    "normal",
    "uniform",
    "lognormal",
    "array",
    "off grid",
    "per source",
)
PLASTICITY: dict[str, snn.STD | snn.STP | None] = {
    "none": None,
    "depression": snn.STD(tau=40.0, U=0.3),
    "depression before": snn.STD(tau=90.0, U=0.2, x="before"),
    "both": snn.STP(U=0.4, tau_f=30.0, tau_d=50.0),
    "both at rest": snn.STP(U=0.4, tau_f=30.0, tau_d=50.0, x="before", u_0=0.0),
    "both before": snn.STP(U=0.2, tau_f=60.0, tau_d=20.0, u="before", x="before"),
}
STORAGE = ("auto", "dense", "sparse")


@dataclass
class Built:
    """A network with a monitor on each of its groups, in order."""

    network: snn.Network
    monitors: list[snn.SpikeMonitor] = field(default_factory=list)

    def spikes(self) -> list[tuple[int, int, int]]:
        """(step, group, index), sorted."""
        found = []
        for k, monitor in enumerate(self.monitors):
            steps = np.rint(monitor.t / DT).astype(int)
            found += list(zip(steps.tolist(), [k] * steps.size, monitor.i.tolist(), strict=True))
        return sorted(found)

    def states(self) -> Iterator[np.ndarray]:
        """Every variable of every group of neurons."""
        for group in self.network.groups:
            if isinstance(group, snn.NeuronGroup):
                for name in group.variables():
                    # Parameters of receptors are younger than digests that are compared.
                    if not name.startswith(("tau_I_syn", "tau_g")):
                        yield getattr(group, name)


@dataclass(frozen=True)
class Projection:
    """How to make one `Synapses`; group numbers count sources after neurons."""

    source: int
    target: int
    receptor: int
    rule: str
    weight: str
    delay: str
    source_cut: tuple[float, float] = (0.0, 1.0)
    target_cut: tuple[float, float] = (0.0, 1.0)
    stp: str = "none"
    storage: str = "auto"


@dataclass(frozen=True)
class Plan:
    """How to make a network; everything drawn follows from `seed`."""

    seed: int
    neurons: tuple[int, ...]
    sources: tuple[int, ...]
    receptors: tuple[tuple[str, ...], ...]
    projections: tuple[Projection, ...]
    per_neuron: bool = True
    longest: float = 3.0
    shortest: float = 0.0
    poisson: bool = False
    drive: float = 0.03

    def build(self) -> Built:
        """Objects of their own for every call."""
        rng = np.random.default_rng(self.seed)
        groups: list[snn.NeuronGroup | snn.SpikeGeneratorGroup] = []
        receptors = []
        for k, n in enumerate(self.neurons):
            groups.append(_neurons(rng, k, n, self.per_neuron))
            receptors.append([_receptor(kind, m) for m, kind in enumerate(self.receptors[k])])
        for k, n in enumerate(self.sources):
            at = np.flatnonzero(rng.random(n * 2000) < self.drive)
            groups.append(snn.SpikeGeneratorGroup(n, at % n, (at // n) * DT, name=f"source{k}"))
        synapses = [
            self._synapses(rng, m, p, groups, receptors) for m, p in enumerate(self.projections)
        ]
        inputs = [
            snn.PoissonInput(
                groups[k],
                receptors[k][0],
                N=100,
                rate=20 * snn.Hz,
                weight=_SCALE[self.receptors[k][0]] / 2,
                name=f"noise{k}",
            )
            for k in range(len(self.neurons))
            if self.poisson and receptors[k]
        ]
        monitors = [snn.SpikeMonitor(g) for g in groups]
        return Built(
            snn.Network(groups, synapses, inputs, monitors, dt=DT, seed=self.seed), monitors
        )

    def _synapses(
        self, rng: np.random.Generator, m: int, p: Projection, groups: list, receptors: list
    ) -> snn.Synapses:
        source, target = _cut(groups[p.source], p.source_cut), _cut(groups[p.target], p.target_cut)
        kinds = self.receptors[p.target]
        number = p.receptor % len(kinds)
        if p.rule == "one to one":
            n = min(len(source), len(target))
            source, target = source[:n], target[:n]
        rule, shape = _rule(rng, p.rule, len(source), len(target))
        weight = _weight(
            rng, p.weight, shape, _SCALE[kinds[number]], _is_conductance(kinds[number])
        )
        delay = _delay(rng, p.delay, shape, self.shortest, self.longest)
        if p.delay == "per source":
            delay = snn.PerSource(rng.uniform(self.shortest, self.longest, len(source)))
        made = snn.Synapses(
            source,
            target,
            receptors[p.target][number],
            weight=weight,
            delay=delay,
            stp=PLASTICITY[p.stp],
            storage=p.storage,
            name=f"synapses{m}",
        )
        made.connect(rule)
        return made


_SCALE = {
    "cuba": 60.0,
    "cuba slow": 30.0,
    "coba": 1.0,
    "coba slow": 0.6,
    "nmda slow": 4.0,
    "delta": 1.0,
}


def _is_conductance(kind: str) -> bool:
    return "coba" in kind or "nmda" in kind


def _receptor(kind: str, number: int) -> snn.Exponential | snn.Delta:
    if kind == "delta":
        return snn.Delta()
    tau = 8.3 if "slow" in kind else 3.1
    output: snn.CUBA | snn.COBA | snn.MgBlock = snn.CUBA()
    if _is_conductance(kind):
        output = snn.COBA(-75.0 if "slow" in kind else 0.0)
    if "nmda" in kind:
        output = snn.MgBlock(E=5.0, alpha=0.07, beta=3.0, cc_Mg=1.5)
    return snn.Exponential(tau, output, name=f"r{number}")


def _neurons(rng: np.random.Generator, k: int, n: int, per_neuron: bool) -> snn.NeuronGroup:
    def drawn(low: float, high: float) -> np.ndarray | float:
        return rng.uniform(low, high, n) if per_neuron else float(rng.uniform(low, high))

    group = snn.NeuronGroup(
        n,
        snn.LIF(
            C_m=drawn(150, 300),
            tau_m=drawn(8, 25),
            E_L=drawn(-72, -66),
            V_th=drawn(-54, -50),
            V_reset=drawn(-68, -60),
            I_e=drawn(0, 450),
            t_ref=rng.choice([0.0, 0.1, 0.55, 2.0, 5.0], n) if per_neuron else 2.0,
        ),
        name=f"cells{k}",
    )
    group.V_m = snn.Uniform(-70.0, -50.0)
    if n > 3 and per_neuron:
        group[1 : n // 2].tau_m = snn.Normal(15.0, 3.0, low=5.0)
        group[n // 2 :].V_m = snn.Normal(-60.0, 3.0)
    return group


def _cut(group: snn.NeuronGroup, cut: tuple[float, float]):
    start = min(len(group) - 1, int(cut[0] * len(group)))
    stop = max(start + 1, int(cut[1] * len(group)))
    return group if (start, stop) == (0, len(group)) else group[start:stop]


def _rule(
    rng: np.random.Generator, kind: str, n_source: int, n_target: int
) -> tuple[object, tuple[int, ...] | None]:
    pairs = n_source * n_target
    K = int(min(6, n_source))
    out = int(min(6, n_target))
    n = int(min(3 * n_target, pairs))
    makers: dict[str, Callable[[], object]] = {
        "all": snn.AllToAll,
        "all no autapses": lambda: snn.AllToAll(autapses=False),
        "one to one": snn.OneToOne,
        "pairs": lambda: snn.Pairs(rng.integers(0, n_source, n), rng.integers(0, n_target, n)),
        "p": lambda: snn.Bernoulli(0.15),
        "p no autapses": lambda: snn.Bernoulli(0.3, autapses=False),
        "indegree": lambda: snn.FixedIndegree(7),
        "indegree distinct": lambda: snn.FixedIndegree(K, multapses=False),
        "outdegree": lambda: snn.FixedOutdegree(7),
        "outdegree distinct": lambda: snn.FixedOutdegree(out, multapses=False),
        "total": lambda: snn.FixedTotalNumber(4 * n_target),
        "total distinct": lambda: snn.FixedTotalNumber(n, multapses=False),
    }
    rule = makers[kind]()
    shape = rule.array_shape(n_source, n_target)
    return rule, shape


def _weight(
    rng: np.random.Generator, kind: str, shape: tuple[int, ...] | None, scale: float, positive: bool
) -> object:
    low = 0.0 if positive else -scale
    if kind == "array" and shape is not None:
        return rng.uniform(low, 2 * scale, shape)
    if kind == "lognormal":
        return snn.LogNormal(np.log(scale / 2), 0.7)
    if kind == "normal":
        return snn.Normal(scale / 2, scale / 2, low=low)
    if kind == "uniform":
        return snn.Uniform(low, 2 * scale)
    return scale * float(rng.uniform(0.2, 1.0))


def _delay(
    rng: np.random.Generator,
    kind: str,
    shape: tuple[int, ...] | None,
    shortest: float,
    longest: float,
) -> object:
    def above(delay: float) -> float:
        return max(shortest, delay)

    if kind == "array" and shape is not None:
        return rng.uniform(shortest, longest, shape)
    if kind == "uniform":
        return snn.Uniform(shortest, longest)
    if kind == "normal":
        return snn.Normal((shortest + longest) / 2, longest / 3, low=shortest, high=longest)
    if kind == "lognormal":
        return snn.LogNormal(0.0, 0.5, low=shortest, high=longest)
    return above(
        {"zero": 0.0, "one step": 0.1, "off grid": 1.15}.get(
            kind, float(rng.uniform(shortest, longest))
        )
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Small random networks."""
    kinds = st.lists(st.sampled_from(sorted(_SCALE)), min_size=1, max_size=3, unique=True)
    neurons = tuple(draw(st.lists(st.integers(1, 24), min_size=1, max_size=3)))
    sources = tuple(draw(st.lists(st.integers(1, 9), min_size=1, max_size=2)))
    receptors = tuple(tuple(draw(kinds)) for _ in neurons)
    cut = st.sampled_from([(0.0, 1.0), (0.0, 0.5), (0.5, 1.0), (0.2, 0.9)])
    least = draw(st.sampled_from([0.0, 0.0, 0.1, 0.7]))
    projection = st.builds(
        Projection,
        source=st.integers(0, len(neurons) + len(sources) - 1),
        target=st.integers(0, len(neurons) - 1),
        receptor=st.integers(0, 2),
        rule=st.sampled_from(RULES),
        weight=st.sampled_from(WEIGHTS),
        delay=st.sampled_from(DELAYS),
        source_cut=cut,
        target_cut=cut,
        stp=st.sampled_from(sorted(PLASTICITY)),
        storage=st.sampled_from(STORAGE),
    )
    projections = tuple(draw(st.lists(projection, min_size=1, max_size=5)))
    return Plan(
        draw(st.integers(0, 2**31)),
        neurons,
        sources,
        receptors,
        projections,
        draw(st.booleans()),
        longest=least + 2.0,
        shortest=least,
    )
