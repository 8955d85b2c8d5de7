"""What recording costs: ``python benchmarks/recording.py [spikes] [traces] --ranks 1 2``.

``spikes``: the full microcircuit for a second with and without a file of all its spikes.
``traces``: V_m of 10,000 neurons each 1 ms for ten seconds, beside a plain file of the same size.
Measure on a machine that does nothing else; ``--folder`` says on which disk. With the Python of an
environment that has parallel HDF5 (docs/parallel-hdf5.md) all ranks write.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from distsnn.exchange.jobs.launch import launch

JOB = Path(__file__).parent / "recording_job.py"


def main() -> None:
    """Run what is asked for and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", choices=["spikes", "traces"])
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="of the network, or of the time")
    parser.add_argument("--folder", type=Path, help="where to record")
    options = parser.parse_args()
    for case in options.cases or ["spikes", "traces"]:
        for ranks in options.ranks:
            with tempfile.TemporaryDirectory(dir=options.folder) as folder:
                given = [folder, str(options.scale), str(options.repeat)]
                done = launch([sys.executable, str(JOB), case, *given], ranks, capture=True)
            if done.returncode:
                sys.exit(done.stderr)
            print(line(case, ranks, json.loads(done.stdout.splitlines()[-1])), flush=True)


def line(case: str, ranks: int, found: dict[str, Any]) -> str:
    """What was found, in words."""
    added, size = found["added"], found["bytes"] / 1e6
    how = "parallel HDF5" if found["parallel"] and ranks > 1 else "one writer"
    text = (
        f"{case}, {ranks} ranks, {how}: {found['without']:.2f} s, recording {found['with']:.2f} s"
    )
    if case == "spikes":
        return f"{text} ({100 * added / found['without']:+.1f} %; {found['spikes']:,} spikes)"
    rate = f"{size / added:.0f} MB/s" if added > 0 else "no time that could be measured"
    return f"{text} ({size:.0f} MB at {rate}; a plain file {size / found['disk']:.0f} MB/s)"


if __name__ == "__main__":
    main()
