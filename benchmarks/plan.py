"""What ``distsnn plan`` says beside what runs need: ``python benchmarks/plan.py brunel``.

The plan gets the rates that the run had. Times are of the steps alone, those of building beside
them; where there are more ranks than cores, the plan's time for what ranks compute, or build,
counts as many times as ranks share a core. Measure on a machine that does nothing else;
``--calibrate`` measures the plan's constants anew. Run it twice: what compiles for the first time
takes more memory.
"""

from __future__ import annotations

import argparse
import os
from typing import Any

from cases import CASES, HERE, Case
from run import measure

from distsnn.commands.plan import PlannedModel, chosen_link
from distsnn.forecast.forecast import Forecast
from distsnn.layout.job_shape import JobShape

COLUMNS = (
    *("case", "ranks", "GB planned", "GB", "ratio", "build s planned", "build s"),
    *("run s planned", "run s", "ratio"),
)
BUILDING = ("start and build", "load program")
EXCHANGE = "exchange"


def main() -> None:
    """Run the cases asked for and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="+", choices=sorted(CASES))
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--calibrate", action="store_true", help="measure the constants anew")
    parser.add_argument("--parts", action="store_true", help="print the parts of the times too")
    options = parser.parse_args()
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    for name in options.cases:
        for ranks in options.ranks:
            case = CASES[name]
            measured = measure(case, "distsnn", ranks, 1, False)
            planned = forecast(case, ranks, measured, options.calibrate)
            print(row(name, planned, measured), flush=True)
            if options.parts:
                print(parts(planned, measured), flush=True)


def forecast(case: Case, ranks: int, measured: dict[str, Any], anew: bool) -> Forecast:
    """What the plan says with the rates of a run."""
    file = HERE / "networks" / case.network
    model = str(file) if case.network.endswith(".py") else case.network
    settings = [f"{name}={value!r}" for name, value in case.parameters.items()]
    planned = PlannedModel(model, settings, case.duration, 0.0)
    planned.rates = [
        measured["rates_hz"][group.name] * 1e-3 for group in planned.network.description.groups
    ]
    link = chosen_link(anew or None, None, None)
    return planned.forecast(JobShape(ranks), anew or None, link)


def share(planned: Forecast) -> float:
    """How many ranks share a core."""
    return max(1.0, planned.shape.size / len(os.sched_getaffinity(0)))


def run_seconds(planned: Forecast) -> float:
    """Planned time of the steps, on the cores that there are."""
    computed = sum(
        value for part, value in planned.seconds.items() if part not in (*BUILDING, EXCHANGE)
    )
    return computed * share(planned) + planned.seconds.get(EXCHANGE, 0.0)


def row(name: str, planned: Forecast, measured: dict[str, Any]) -> str:
    """A line of the table."""
    memory = max(rank["peak_bytes"] for rank in measured["ranks"])
    wall, build = measured["wall_seconds"], measured["build_seconds"]
    expected = run_seconds(planned)
    cells = [
        name,
        str(planned.shape.ranks),
        f"{planned.peak / 1e9:.3f}",
        f"{memory / 1e9:.3f}",
        f"{planned.peak / memory:.2f}",
        f"{planned.seconds['start and build'] * share(planned):.2f}",
        f"{build:.2f}",
        f"{expected:.3f}",
        f"{wall:.3f}",
        f"{expected / wall:.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def parts(planned: Forecast, measured: dict[str, Any]) -> str:
    """Planned and measured seconds of each part, the slowest rank's."""
    phases = [rank["clock"]["seconds"] for rank in measured["ranks"]]
    found = {phase: max(one[phase] for one in phases) for phase in phases[0]}
    planned_parts = ", ".join(f"{part} {value:.3f}" for part, value in planned.seconds.items())
    measured_parts = ", ".join(f"{part} {value:.3f}" for part, value in found.items())
    return f"  planned: {planned_parts}\n  measured: {measured_parts}"


if __name__ == "__main__":
    main()
