"""Weak scaling from 1 to 65,536 ranks on one machine: ``python benchmarks/scaling.py``.

For each number of ranks it plans a network of 10,000 neurons with 10,000 synapses each for each
rank, and builds and advances the rank in the middle of them alone, with drawn spikes of the
others (as ``distsnn plan --rank`` does). It prints the table of ``scaling.md`` and its picture. It
needs 10 GB of memory for 65,536 ranks; measure on a machine that does nothing else. The exchange
itself is not measured: its bytes are.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cases import HERE

from distsnn.commands.plan import PlannedModel
from distsnn.exchange.worlds.surrogate import Senders
from distsnn.forecast.trial import TrialJob, trial_in_child
from distsnn.layout.message_sizes import Traffic
from distsnn.plot.canvas import new_figure, save

RANKS = (1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536)
COLUMNS = (
    *("ranks", "neurons", "GB planned", "GB arrays", "GB process", "build s", "update s"),
    *("draws s", "delivery s", "merge s", "calls s", "spikes/step", "MB/exchange"),
)
PARTS = ("update", "draws", "delivery", "merge", "calls")


def main() -> None:
    """Measure, print the table and draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ranks", type=int, nargs="+", default=list(RANKS))
    parser.add_argument("--neurons", type=int, default=10_000, help="of each rank")
    parser.add_argument("--indegree", type=int, default=10_000, help="synapses of each neuron")
    parser.add_argument("--rate", type=float, default=5.0, help="of the other ranks' neurons (Hz)")
    parser.add_argument("--seconds", type=float, default=5.0, help="to advance each rank")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--from-json", type=Path, help="draw figures that were written before")
    parser.add_argument("-o", "--output", type=Path, default=HERE.parent / "docs" / "scaling.png")
    options = parser.parse_args()
    if options.from_json:
        figures = json.loads(options.from_json.read_text())
    else:
        figures = [measured(ranks, options) for ranks in options.ranks]
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))
    print("\n".join([f"| {' | '.join(COLUMNS)} |", "|" + "---|" * len(COLUMNS)]))
    print("\n".join(row(figure) for figure in figures))
    draw(figures, options.output)


def measured(ranks: int, options: argparse.Namespace) -> dict[str, Any]:
    """Figures of the rank in the middle of so many."""
    settings = [f"ranks={ranks}", f"neurons={options.neurons}", f"indegree={options.indegree}"]
    planned = PlannedModel(str(HERE / "networks" / "weak.py"), settings, None, options.rate)
    description, rank = planned.network.description, ranks // 2
    senders = [Senders(0, description.size, description.size * planned.rates[0] * description.dt)]
    budget = planned.network.of_rank(rank, ranks)
    spikes = senders[0].per_step * budget.interval
    traffic = Traffic.of(ranks, budget.interval, spikes, spikes / ranks)
    trial = trial_in_child(TrialJob(description, rank, ranks, senders, options.seconds))
    return {
        "ranks": ranks,
        "neurons": description.size,
        "interval": budget.interval,
        "dt": description.dt,
        "planned": budget.built,
        "parts": budget.parts,
        "building": budget.building,
        "received": traffic.bytes_received,
        "trial": asdict(trial) | {"spikes_per_step": trial.spikes_per_step},
    }


def seconds(figure: dict[str, Any], part: str) -> float:
    """Wall seconds of a part for a biological second."""
    trial = figure["trial"]
    return trial["seconds"][part] / (trial["steps"] * figure["dt"] * 1e-3)


def row(figure: dict[str, Any]) -> str:
    """A line of the table; times are for a biological second."""
    trial = figure["trial"]
    cells = [
        f"{figure['ranks']:,}",
        f"{figure['neurons']:,}",
        f"{figure['planned'] / 1e9:.3f}",
        f"{trial['arrays'] / 1e9:.3f}",
        f"{trial['peak'] / 1e9:.3f}",
        f"{trial['seconds']['build']:.1f}",
        *(f"{seconds(figure, part):.2f}" for part in PARTS),
        f"{trial['spikes_per_step']:,.1f}",
        f"{figure['received'] / 1e6:.3f}",
    ]
    return f"| {' | '.join(cells)} |"


def draw(figures: list[dict[str, Any]], path: Path) -> None:
    """Memory by part, time by part and volume over the number of ranks."""
    figure = new_figure(13, 4)
    memory, time, volume = figure.subplots(1, 3)
    ranks = [f["ranks"] for f in figures]
    for part in figures[0]["parts"]:
        values = [f["parts"][part] / 1e9 for f in figures]
        if max(values) > 1e-3:
            memory.plot(ranks, values, marker=".", label=part)
    memory.plot(ranks, [f["trial"]["peak"] / 1e9 for f in figures], "k-", label="process, measured")
    memory.set(title="memory of a rank", ylabel="GB", ylim=(1e-3, None))
    for part in PARTS:
        time.plot(ranks, [seconds(f, part) for f in figures], marker=".", label=part)
    time.set(title="time of a rank without the exchange", ylabel="s per biological second")
    several = [f for f in figures if f["received"]]
    useful = [4e-6 * f["interval"] * f["trial"]["spikes_per_step"] for f in several]
    for label, values in (
        ("received", [f["received"] / 1e6 for f in several]),
        ("of it gids", useful),
    ):
        volume.plot([f["ranks"] for f in several], values, marker=".", label=label)
    volume.set(title="volume of an exchange", ylabel="MB")
    for axes in (memory, time, volume):
        axes.set(xscale="log", yscale="log", xlabel="ranks")
        axes.legend(fontsize="small")
    save(figure, path)


if __name__ == "__main__":
    main()
