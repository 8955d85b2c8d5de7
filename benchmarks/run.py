"""Benchmarks anyone can repeat: ``python benchmarks/run.py microcircuit --ranks 2``.

Every run is a process of its own; runs are repeated and medians printed. Measure on a machine
that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numba
import numpy as np

import distsnn
from distsnn.exchange.launch import launch

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """An example with its parameters, the time left out at first and the time measured (ms)."""

    example: str
    transient: float
    duration: float
    parameters: dict[str, Any] = field(default_factory=dict)


CASES = {
    "microcircuit": Case("microcircuit", 500.0, 1000.0, {"scale": 1}),
    "microcircuit-small": Case("microcircuit", 100.0, 500.0, {"scale": 0.1}),
    "brunel": Case("brunel", 200.0, 1000.0, {"scale": 1, "synapse": "exponential"}),
    "cuba-4000": Case("cuba", 200.0, 1000.0, {"scale": 1}),
    "cuba-40000": Case("cuba", 200.0, 1000.0, {"scale": 10}),
    "coba-4000": Case("coba", 200.0, 1000.0, {"scale": 1}),
    "coba-40000": Case("coba", 200.0, 1000.0, {"scale": 10}),
}


def main() -> None:
    """Run the cases asked for and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="+", choices=sorted(CASES))
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    options = parser.parse_args()
    figures: dict[str, Any] = {"machine": machine(), "runs": []}
    for name in options.cases:
        for ranks in options.ranks:
            runs = [measure(CASES[name], ranks) for _ in range(options.repeat)]
            figures["runs"].append({"case": name, "ranks": ranks, "runs": runs})
            print(row(name, ranks, runs), flush=True)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


def measure(case: Case, ranks: int) -> dict[str, Any]:
    """Figures of one run in processes of its own."""
    command = [sys.executable, str(HERE / "job.py"), case.example, str(case.transient)]
    command += [str(case.duration), *(f"{k}={v!r}" for k, v in case.parameters.items())]
    if ranks > 1:
        done = launch(command, ranks, capture=True)
    else:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def row(name: str, ranks: int, runs: list[dict[str, Any]]) -> str:
    """One line of the table: medians over runs."""

    def median(of: Any) -> float:
        return statistics.median(of(run) for run in runs)

    first = runs[0]
    seconds = median(lambda r: r["summary"]["wall_seconds"] / r["summary"]["duration"] * 1e3)
    parts = []
    for phase, count in (("deliver", "events"), ("update", "updates"), ("poisson", "draws")):
        total = sum(rank["clock"][count] for rank in first["summary"]["ranks"])
        spent = median(
            lambda r, phase=phase: sum(
                rank["clock"]["seconds"][phase] for rank in r["summary"]["ranks"]
            )
        )
        parts.append(f"{spent * 1e9 / total:.2f}" if total else "-")
    return (
        f"| {name} | {ranks} | {first['neurons']:,} | {first['synapses']:,} "
        f"| {median(lambda r: r['build_seconds']):.1f} | {seconds:.3f} "
        f"| {' | '.join(parts)} | {median(lambda r: r['summary']['peak_bytes']) / 1e9:.2f} "
        f"| {first['synapse_bytes'] / max(1, first['synapses']):.2f} |"
    )


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "distsnn": distsnn.__version__,
    }


if __name__ == "__main__":
    main()
