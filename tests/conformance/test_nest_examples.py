"""Example scripts of NEST run as they stand, with other import lines; each beside NEST.

DISTSNN_NEST_EXAMPLES names the folder ``pynest/examples`` of NEST's repository (of 2026). Nothing
of it is copied. Where nothing is random, recorders have the same rows as NEST's; else the numbers
of spikes agree.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FOLDER = os.environ.get("DISTSNN_NEST_EXAMPLES", "")
RUN = Path(__file__).parent / "nest_examples" / "run_script.py"
# Scripts without random numbers, and how far sums over recorded values may be apart.
EXACT = {
    "evaluate_tsodyks2_synapse.py": 1e-9,
    # A current that reaches the threshold to the last bit.
    "iaf_tum_2000_short_term_depression.py": 5e-3,
    "iaf_tum_2000_short_term_facilitation.py": 5e-3,
    "aeif_cond_beta_multisynapse.py": 1e-6,
    "multimeter_file.py": 1e-3,
    "one_neuron.py": 1e-10,
    "plot_weight_matrices.py": 1e-10,
    "spatial/conncomp.py": 0.0,
    "spatial/conncon_sources.py": 0.0,
    "spatial/conncon_targets.py": 0.0,
    "spatial/connex.py": 0.0,
    "spatial/connex_ew.py": 0.0,
    "spatial/grid_iaf.py": 0.0,
    "spatial/grid_iaf_oc.py": 0.0,
}
RANDOM = [
    "evaluate_quantal_stp_synapse.py",
    "glif_cond_neuron.py",
    "intrinsic_currents_spiking.py",
    "BrodyHopfield.py",
    "balancedneuron.py",
    "brunel_alpha_nest.py",
    "brunel_delta_nest.py",
    "gif_population.py",
    "one_neuron_with_noise.py",
    "recording_demo.py",
    "repeated_stimulation.py",
    "sensitivity_to_perturbation.py",
    "spatial/ctx_2n.py",
    "spatial/gaussex.py",
    "spatial/grid_iaf_irr.py",
    "spatial/nodes_source_target.py",
    "spatial/test_3d.py",
    "spatial/test_3d_exp.py",
    "spatial/test_3d_gauss.py",
]

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not FOLDER, reason="DISTSNN_NEST_EXAMPLES is not set"),
]


def run(simulator: str, name: str, folder: Path) -> dict[str, Any]:
    out = folder / f"{simulator}.json"
    work = folder / simulator
    work.mkdir()
    command = [sys.executable, str(RUN), simulator, str(Path(FOLDER) / name), str(out)]
    environment = os.environ | {"MPLBACKEND": "Agg"}
    done = subprocess.run(command, cwd=work, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return json.loads(out.read_text(encoding="utf8"))


@pytest.mark.parametrize("name", EXACT)
def test_scripts_without_chance_record_what_nest_records(name: str, tmp_path: Path) -> None:
    pytest.importorskip("nest")
    ours, theirs = (run(simulator, name, tmp_path) for simulator in ("distsnn", "nest"))
    assert ours.keys() == theirs.keys()
    for node, sums in theirs.items():
        assert ours[node]["n"] == sums["n"], node
        for column, total in sums.items():
            assert math.isclose(ours[node][column], total, rel_tol=EXACT[name] + 1e-12), column


@pytest.mark.parametrize("name", RANDOM)
def test_scripts_with_chance_record_about_as_much(name: str, tmp_path: Path) -> None:
    pytest.importorskip("nest")
    ours, theirs = (run(simulator, name, tmp_path) for simulator in ("distsnn", "nest"))
    assert ours.keys() == theirs.keys()
    for node, sums in theirs.items():
        n, m = ours[node]["n"], sums["n"]
        # Spikes of networks vary more than Poisson numbers: by a tenth besides.
        assert abs(n - m) <= 5 * math.sqrt(n + m) + 0.1 * max(n, m), (node, n, m)
