"""The networks that are measured, and how each simulator is started on one."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BRIAN = ("brian", "brian-cython")


@dataclass(frozen=True)
class Case:
    """A network, the time left out at first and the time measured (ms).

    Attributes
    ----------
    network : str
        An example of distsnn, or a file in ``benchmarks/networks``.
    transient, duration : float
    parameters : dict
        Of the function ``network``.
    peers : tuple of str
        Which of `SIMULATORS` can run the same network.
    """

    network: str
    transient: float
    duration: float
    parameters: dict[str, Any] = field(default_factory=dict)
    peers: tuple[str, ...] = ()


def _vogels_abbott(kind: str, scale: int) -> dict[str, Case]:
    size = 4000 * scale
    written = {"kind": kind, "scale": scale}
    return {
        f"{kind}-{size}": Case(kind, 200.0, 1000.0, {"scale": scale}, BRIAN),
        f"{kind}-{size}-equations": Case("vogels_abbott.py", 200.0, 1000.0, written, BRIAN),
    }


CASES = {
    "microcircuit": Case("microcircuit", 500.0, 1000.0, {"scale": 1, "weight_bits": 16}, ("nest",)),
    # Weights in single precision.
    "microcircuit-single": Case("microcircuit", 500.0, 1000.0, {"scale": 1}, ("nest",)),
    "microcircuit-small": Case("microcircuit", 100.0, 500.0, {"scale": 0.1}),
    "brunel": Case("brunel", 200.0, 1000.0, {"scale": 1, "synapse": "exponential"}, ("nest",)),
    "plastic": Case("plastic", 50.0, 250.0, {"scale": 1.0, "inputs": 1.0}, ("nest",)),
    "plastic-small": Case("plastic", 50.0, 250.0, {"scale": 0.2, "inputs": 1.0}, ("nest",)),
    # The rule switched off, and no rule.
    "plastic-off": Case("plastic", 50.0, 250.0, {"scale": 1.0, "inputs": 1.0, "rate": 0.0}),
    "plastic-none": Case("plastic", 50.0, 250.0, {"scale": 1.0, "inputs": 1.0, "plastic": False}),
    # Few synapses of each neuron, spread over delays and many targets.
    **{
        f"sparse-{n}": Case(
            "sparse.py", 20.0, 100.0, {"neurons": n, "external": 75.0, "spread": 0.1}, ("nest",)
        )
        for n in (62_500, 250_000, 1_000_000, 2_000_000)
    },
    "stdp": Case("stdp.py", 100.0, 10_000.0, {"kind": "ready", "scale": 1}, BRIAN),
    "stdp-equations": Case("stdp.py", 100.0, 1e4, {"kind": "equations", "scale": 1}, BRIAN),
    # Synapses whose statements are not recognized.
    **{
        f"statements-{kind}": Case(
            "statements.py", 50.0, 250.0, {"kind": kind, "neurons": 1000}, BRIAN
        )
        for kind in ("nmda", "calcium", "voltage", "reward", "gap")
    },
    # Hodgkin-Huxley neurons, for which GeNN has published times on one core.
    **{
        f"cobahh-{n}": Case("cobahh.py", 0.1, 1000.0, {"neurons": n}, BRIAN)
        for n in (4_000, 32_000)
    },
    **_vogels_abbott("cuba", 1),
    **_vogels_abbott("cuba", 10),
    **_vogels_abbott("coba", 1),
    **_vogels_abbott("coba", 10),
}


@dataclass(frozen=True)
class Simulator:
    """A simulator: the package it needs, its job file, what its cores are, and its most cores."""

    package: str
    job: str
    cores: str = "threads"
    most: int = 1 << 30

    @property
    def installed(self) -> bool:
        """Whether its package is there."""
        return importlib.util.find_spec(self.package) is not None

    def command(self, case: Case, cores: int) -> list[str]:
        """The command of one run; where cores are ranks, that of one rank."""
        given = [f"{name}={value!r}" for name, value in case.parameters.items()]
        threads = {"ranks": "1", "process": "0"}.get(self.cores, str(cores))
        times = [str(case.transient), str(case.duration)]
        return [sys.executable, str(HERE / self.job), threads, case.network, *times, *given]


SIMULATORS = {
    "distsnn": Simulator("distsnn", "distsnn_job.py", "ranks"),
    "distsnn-threads": Simulator("distsnn", "distsnn_job.py"),
    "nest": Simulator("nest", "nest_job.py"),
    "brian": Simulator("brian2", "brian_job.py"),
    "brian-cython": Simulator("brian2", "brian_job.py", "process", most=1),
}
