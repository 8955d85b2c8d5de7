"""What a plan says beside what runs measure: numbers exactly or in the mean, memory within 10 %.

Times are compared by ``benchmarks/plan.py`` on a machine that does nothing else.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from distsnn.commands.plan import PlannedModel
from distsnn.exchange import launch
from distsnn.layout.job_shape import JobShape

MODEL = '''"""A network of which the synapses take some memory."""
import distsnn as snn

DURATION = 20.0


def network(n=8000):
    cells = snn.NeuronGroup(n, snn.LIF(I_e=380.0), name="cells")
    cells.V_m = snn.Uniform(-70.0, -50.0)
    exc = snn.Exponential(5.0)
    made = snn.Synapses(cells, cells, exc, weight=snn.Normal(0.1, 0.01),
                        delay=snn.Normal(3.0, 0.5, low=1.0, high=5.0))
    made.connect(snn.FixedIndegree(2500))
    noise = snn.PoissonInput(cells, exc, N=400, rate=4 * snn.Hz, weight=15.0)
    return snn.Network(cells, made, noise)
'''
JOB = """
import json, sys
import distsnn.cli
import distsnn
from distsnn.examples import load
from distsnn.exchange import current_world
distsnn.set_threads(int(sys.argv[2]))
summary = load(sys.argv[1]).network(n=int(sys.argv[3])).run(20.0)
if current_world().rank == 0:
    print(json.dumps(summary.content()))
"""
# As the neurons fire, see the model.
RATE = 25.0


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> PlannedModel:
    path = tmp_path_factory.mktemp("plan") / "model.py"
    path.write_text(MODEL)
    return PlannedModel(str(path), [], None, RATE)


@pytest.mark.parametrize("shape", [JobShape(1), JobShape(2), JobShape(4), JobShape(2, threads=2)])
def test_a_run_needs_what_was_planned(
    planned: PlannedModel, shape: JobShape, tmp_path: Path
) -> None:
    # Measuring compiles the program too, which takes more memory than loading it.
    found = planned.forecast(shape, True, None)
    (tmp_path / "model.py").write_text(MODEL)
    # The second run finds compiled what the plan's own trial did not need.
    for n in ("300", "8000"):
        done = launch(
            [sys.executable, "-c", JOB, str(tmp_path / "model.py"), str(shape.threads), n],
            shape.ranks,
            threads=shape.threads,
            timeout=240,
            capture=True,
            environment={"DISTSNN_WORLD": "auto"},
        )
        assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout.splitlines()[-1])
    # Threads have their share of the memory of their rank.
    threads = measured["ranks"]
    assert [thread["neurons"] for thread in threads] == found.neurons.tolist()
    assert [thread["synapses"] for thread in threads] == found.synapses.tolist()
    tables = found.memory["synapses"] + found.memory["lookup of sources"]
    built = [threads[part]["synapse_bytes"] for part in shape.parts_of(found.rank)]
    assert sum(built) == pytest.approx(tables, rel=0.02)
    for thread in threads:
        assert thread["peak_bytes"] * shape.threads == pytest.approx(found.peak, rel=0.10)
