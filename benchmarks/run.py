"""Benchmarks anyone can repeat: ``python benchmarks/run.py microcircuit --cores 2``.

Every run is a process of its own. Runs are repeated, each time with another seed, those of all
simulators in turn, and medians printed. Measure on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numba
import numpy as np
from cases import CASES, SIMULATORS, Case

from distsnn.exchange.jobs.launch import launch

# Beyond this difference in spikes two simulators did not do the same work.
LARGEST_DEVIATION = 0.1


def main() -> None:
    """Run the cases asked for and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="+", choices=sorted(CASES))
    parser.add_argument("--cores", "--ranks", type=int, nargs="+", default=[1, 2])
    parser.add_argument(
        "--threads", action="store_true", help="run distsnn with threads instead of ranks too"
    )
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--peers", action="store_true", help="run the peers that are installed too")
    parser.add_argument("--cold", action="store_true", help="let every run of distsnn compile anew")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    options = parser.parse_args()
    figures: dict[str, Any] = {"machine": machine(), "runs": []}
    print(HEAD)
    for name in options.cases:
        found = measure_in_turn(name, options)
        for (simulator, cores), runs in found.items():
            compared = compare(found, simulator)
            figures["runs"].append(
                {
                    "case": name,
                    "simulator": simulator,
                    "cores": cores,
                    "valid": compared.valid,
                    "wall_per_distsnn": compared.ratio,
                    "deviation": compared.deviation,
                    "deviation_error": compared.error,
                    "runs": runs,
                }
            )
            print(row(name, simulator, cores, runs, compared), flush=True)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


Found = dict[tuple[str, int], list[dict[str, Any]]]


def measure_in_turn(name: str, options: argparse.Namespace) -> Found:
    """Figures of all runs of one case, by simulator and number of cores."""
    case = CASES[name]
    peers = [p for p in case.peers if options.peers and SIMULATORS[p].installed]
    found: Found = {
        (simulator, n): []
        for simulator in ["distsnn", *peers]
        for n in sorted({min(n, SIMULATORS[simulator].most) for n in options.cores})
    }
    if options.threads:
        found |= {("distsnn-threads", n): [] for n in options.cores if n > 1}
    for seed in range(1, options.repeat + 1):
        for simulator, n in found:
            unit = SIMULATORS[simulator].cores
            print(f"{name}: {simulator}, {n} {unit}, seed {seed}", file=sys.stderr, flush=True)
            found[simulator, n].append(measure(case, simulator, n, seed, options.cold))
    return found


def measure(case: Case, simulator: str, cores: int, seed: int, cold: bool) -> dict[str, Any]:
    """Figures of one run in processes of its own."""
    command = [*SIMULATORS[simulator].command(case, cores), f"seed={seed}"]
    with tempfile.TemporaryDirectory() as folder:
        settings = {"DISTSNN_CACHE_DIR": folder} if cold else {}
        if SIMULATORS[simulator].cores == "ranks" and cores > 1:
            done = launch(command, cores, environment=settings, capture=True)
        else:
            done = subprocess.run(
                command, check=False, capture_output=True, text=True, env=os.environ | settings
            )
    if done.returncode:
        sys.exit(done.stderr)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result | {"seconds": result["wall_seconds"] / case.duration * 1e3}


@dataclass(frozen=True)
class Comparison:
    """A simulator beside distsnn, of which the best is that with ranks or with threads.

    Attributes
    ----------
    ratio : float
        Its best time over the best of distsnn.
    deviation : float
        Its mean number of spikes over that of distsnn, less one.
    error : float or None
        Standard error of the deviation, from the differences between seeds; None with one seed.
    """

    ratio: float
    deviation: float
    error: float | None

    @property
    def valid(self) -> bool:
        """Whether both did the same work."""
        return abs(self.deviation) <= LARGEST_DEVIATION

    def __str__(self) -> str:
        if self.valid:
            return f"{self.ratio:.2f}"
        error = "one seed" if self.error is None else f"standard error {self.error:.0%}"
        return f"{self.ratio:.2f} INVALID: rates differ by {self.deviation:+.0%} ({error})"


def compare(found: Found, simulator: str) -> Comparison:
    """Compare the times and the numbers of spikes of a simulator with those of distsnn."""
    own = {"distsnn", "distsnn-threads"}
    if simulator in own:
        return Comparison(best(found, {simulator}) / best(found, own), 0.0, 0.0)
    theirs, ours = spikes_by_seed(found, {simulator}), spikes_by_seed(found, own)
    ratio = statistics.mean(theirs) / max(1.0, statistics.mean(ours))
    error = None
    if len(ours) > 1:
        error = ratio * math.hypot(relative_error(theirs), relative_error(ours))
    return Comparison(best(found, {simulator}) / best(found, own), ratio - 1, error)


def best(found: Found, names: set[str]) -> float:
    """Least median of the times of these simulators."""
    return min(median(runs, "seconds") for (name, _), runs in found.items() if name in names)


def spikes_by_seed(found: Found, names: set[str]) -> list[float]:
    """Number of spikes with each seed, mean over numbers of cores."""
    of_all = [runs for (name, _), runs in found.items() if name in names]
    return [statistics.mean(run["spikes"] for run in runs) for runs in zip(*of_all, strict=True)]


def relative_error(values: list[float]) -> float:
    """Standard error of a mean over that mean."""
    return statistics.stdev(values) / math.sqrt(len(values)) / max(1.0, statistics.mean(values))


def median(runs: list[dict[str, Any]], name: str) -> float:
    """Median of one figure over runs."""
    return statistics.median(run[name] for run in runs)


HEAD = (
    "| case | simulator | cores | neurons | synapses | start s | build s | s per bio s "
    "| best/distsnn | ns/event | ns/update | ns/draw | GB | GB at end | bytes/synapse |\n"
    + "|---" * 15
    + "|"
)


def row(
    name: str, simulator: str, cores: int, runs: list[dict[str, Any]], compared: Comparison
) -> str:
    """One line of the table: medians over runs."""
    first = runs[0]
    cells = [
        name,
        simulator,
        f"{cores} {SIMULATORS[simulator].cores}",
        f"{first['neurons']:,}",
        f"{first['synapses']:,}",
        f"{median(runs, 'start_seconds'):.1f}" if "start_seconds" in first else "-",
        f"{median(runs, 'build_seconds'):.1f}",
        f"{median(runs, 'seconds'):.3f}",
        str(compared),
        *(cells_of_phases(runs) if "ranks" in first else ["-"] * 3),
        *(
            f"{median(runs, figure) / 1e9:.2f}" if figure in first else "-"
            for figure in ("peak_bytes", "end_bytes")
        ),
        f"{first['synapse_bytes'] / max(1, first['synapses']):.2f}"
        if "synapse_bytes" in first
        else "-",
    ]
    return f"| {' | '.join(cells)} |"


def cells_of_phases(runs: list[dict[str, Any]]) -> Iterator[str]:
    """Nanoseconds per event, update and draw: medians over runs."""
    for phase, count in (("deliver", "events"), ("update", "updates"), ("poisson", "draws")):
        total = sum(rank["clock"][count] for rank in runs[0]["ranks"])
        spent = statistics.median(
            sum(rank["clock"]["seconds"][phase] for rank in run["ranks"]) for run in runs
        )
        yield f"{spent * 1e9 / total:.2f}" if total else "-"


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        check=False,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
    )
    return {
        "platform": platform.platform(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "commit": commit.stdout.strip() or "not from a repository",
    }


def processor() -> str:
    """Name of the processor."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
