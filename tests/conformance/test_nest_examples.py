"""Example scripts of NEST run as they stand, with other import lines; each beside NEST.

DISTSNN_NEST_EXAMPLES names the folder ``pynest/examples`` of NEST's repository (of 2026),
DISTSNN_NEST_MICROCIRCUIT the folder ``PyNEST`` of INM-6/microcircuit-PD14-model, where its example
Potjans_2014 is since then. Nothing of them is copied. Where nothing is random, recorders have the
same rows as NEST's; else the numbers of spikes agree.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

FOLDER = os.environ.get("DISTSNN_NEST_EXAMPLES", "")
MICROCIRCUIT = os.environ.get("DISTSNN_NEST_MICROCIRCUIT", "")
RUN = Path(__file__).parent / "nest_examples" / "run_script.py"
# Scripts without random numbers, and how far sums over recorded values may be apart.
EXACT = {
    "evaluate_tsodyks2_synapse.py": 1e-9,
    # A current that reaches the threshold to the last bit.
    "iaf_tum_2000_short_term_depression.py": 5e-3,
    "iaf_tum_2000_short_term_facilitation.py": 5e-3,
    "aeif_cond_beta_multisynapse.py": 1e-6,
    "astrocytes/astrocyte_small_network.py": 1e-3,
    "brette_gerstner_fig_2c.py": 1e-4,
    "brunel_siegert_nest.py": 1e-4,
    "eprop_plasticity/eprop_supervised_classification_evidence-accumulation_bsshslm_2020.py": 1e-6,
    "eprop_plasticity/eprop_supervised_regression_sine-waves.py": 1e-6,
    "eprop_plasticity/eprop_supervised_regression_sine-waves_bsshslm_2020.py": 1e-6,
    "clopath_synapse_spike_pairing.py": 1e-4,
    "brette_gerstner_fig_3d.py": 1e-4,
    "gap_junctions_two_neurons.py": 1e-3,
    "gif_cond_exp_multisynapse.py": 1e-10,
    "glif_psc_double_alpha_neuron.py": 1e-9,
    "hh_phaseplane.py": 1e-6,
    "ignore_and_spike_mechanism.py": 1e-10,
    "hh_psc_alpha.py": 0.02,
    "intrinsic_currents_subthreshold.py": 1e-10,
    "multimeter_file.py": 1e-3,
    "one_neuron.py": 1e-10,
    "plot_weight_matrices.py": 1e-10,
    "spatial/grid_iaf.py": 0.0,
    "spatial/grid_iaf_oc.py": 0.0,
    "testiaf.py": 1e-10,
    "twoneurons.py": 1e-10,
    "vinit_example.py": 1e-10,
}
RANDOM = [
    "EI_clustered_network/run_simulation.py",
    "astrocytes/astrocyte_interaction.py",
    "astrocytes/astrocyte_single.py",
    # Their membrane time constants are drawn; with the same ones both record the same to 1e-6.
    "eprop_plasticity/eprop_supervised_regression_handwriting_bsshslm_2020.py",
    "eprop_plasticity/eprop_supervised_regression_lemniscate_bsshslm_2020.py",
    "glif_psc_neuron.py",
    "lin_rate_ipn_network.py",
    "rate_neuron_dm.py",
    "store_restore_network.py",
    "evaluate_quantal_stp_synapse.py",
    "glif_cond_neuron.py",
    "intrinsic_currents_spiking.py",
    "BrodyHopfield.py",
    "CampbellSiegert.py",
    "balancedneuron.py",
    "brette_et_al_2007/coba.py",
    "brette_et_al_2007/cuba.py",
    "brette_et_al_2007/cuba_stdp.py",
    "brette_et_al_2007/hh_coba.py",
    "brunel_alpha_nest.py",
    "brunel_delta_nest.py",
    "brunel_exp_multisynapse_nest.py",
    "clopath_synapse_small_network.py",
    "cross_check_mip_corrdet.py",
    "gap_junctions_inhibitory_network.py",
    "gif_population.py",
    "hpc_benchmark.py",
    "if_curve.py",
    "one_neuron_with_noise.py",
    "pulsepacket.py",
    "recording_demo.py",
    "repeated_stimulation.py",
    "sensitivity_to_perturbation.py",
    "sinusoidal_gamma_generator.py",
    "wang_decision_making.py",
    "sinusoidal_poisson_generator.py",
    "spatial/conncomp.py",
    "spatial/connex.py",
    "spatial/connex_ew.py",
    "spatial/ctx_2n.py",
    "spatial/gaussex.py",
    "spatial/grid_iaf_irr.py",
    "spatial/nodes_source_target.py",
    "spatial/test_3d.py",
    "spatial/test_3d_exp.py",
    "spatial/test_3d_gauss.py",
    "synapsecollection.py",
]

# How far numbers of spikes may be apart, if not by a tenth: rates of a small network with plastic
# synapses, which differ by as much from seed to seed in both simulators; and of 50 neurons whose
# input has time constants from 0.1 to 1.1 ms, by chance.
# When a network decides, and whether, is chance: with a coherence of 12.8 % six seeds of ours leave
# 1,888 to 2,378 spikes of the population that loses, three of NEST's 1,796, 1,888 and 3,987.
# Whether activity of coba goes on is chance: three seeds of NEST have 0.5, 13.6 and 13.6 spikes/s,
# of ours 0.4, 1.2 and 13.9. The patterns of clopath_synapse_small_network have no seed: NEST's runs
# have 1,332 and 1,845 spikes, ours 1,863 and 1,953.
SPREAD = {
    "brette_et_al_2007/coba.py": 0.5,
    "clopath_synapse_small_network.py": 0.5,
    "store_restore_network.py": 0.5,
    "brunel_exp_multisynapse_nest.py": 0.5,
    "wang_decision_making.py": 0.5,
}
# Nodes on a grid, half of whose pairs in a mask are joined. NEST leaves out most of those on the
# border of the mask, by the rounding of their positions.
BORDER = ["spatial/conncon_sources.py", "spatial/conncon_targets.py"]

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(not FOLDER, reason="DISTSNN_NEST_EXAMPLES is not set"),
]


# Those that ask for the number of ranks, and do something else then, or stop; and one whose ranks
# would all write a file of its own.
ASKING = {"hpc_benchmark.py", "if_curve.py", "store_restore_network.py"}


def run(
    simulator: str, script: Path, folder: Path, *modules: str, ranks: int = 1
) -> list[dict[str, Any]]:
    out = folder / f"{simulator}_{ranks}.json"
    work = folder / f"{simulator}_{ranks}"
    work.mkdir()
    for data in script.parent.glob("*.txt"):
        shutil.copy(data, work)
    command = [sys.executable, str(RUN), simulator, str(ranks), str(script), str(out), *modules]
    if ranks > 1:
        command = ["mpirun", "-n", str(ranks), *command]
    environment = os.environ | {"MPLBACKEND": "Agg", "DISTSNN_WORLD": "auto"}
    done = subprocess.run(command, cwd=work, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    found: list[dict[str, Any]] = json.loads(out.read_text(encoding="utf8"))
    return found


def both(
    script: Path, folder: Path, *modules: str
) -> Iterator[tuple[str, dict[str, float], dict[str, float]]]:
    """Sums over what each recorder of all parts of a script has recorded, in both simulators."""
    pytest.importorskip("nest")
    ours, theirs = (run(simulator, script, folder, *modules) for simulator in ("distsnn", "nest"))
    assert any(theirs), "the script leaves nothing to compare"
    assert [part.keys() for part in ours] == [part.keys() for part in theirs]
    for mine, of_nest in zip(ours, theirs, strict=True):
        for node, sums in of_nest.items():
            yield node, mine[node], sums


@pytest.mark.parametrize("name", EXACT)
def test_scripts_without_chance_record_what_nest_records(name: str, tmp_path: Path) -> None:
    for node, ours, theirs in both(Path(FOLDER) / name, tmp_path):
        assert ours["n"] == theirs["n"], node
        for column, total in theirs.items():
            assert math.isclose(ours[column], total, rel_tol=EXACT[name] + 1e-12), (node, column)


def assert_about(n: float, m: float, node: str, spread: float = 0.1) -> None:
    """Spikes of networks vary more than Poisson numbers: by a tenth besides."""
    assert abs(n - m) <= 5 * math.sqrt(n + m) + spread * max(n, m), (node, n, m)


@pytest.mark.parametrize("name", RANDOM)
def test_scripts_with_chance_record_about_as_much(name: str, tmp_path: Path) -> None:
    for node, ours, theirs in both(Path(FOLDER) / name, tmp_path):
        assert_about(ours["n"], theirs["n"], node, SPREAD.get(name, 0.1))


@pytest.mark.parametrize(
    "name", [name for name in (*EXACT, *RANDOM, *BORDER) if name not in ASKING]
)
def test_scripts_record_the_same_on_any_ranks(name: str, tmp_path: Path) -> None:
    alone, *others = (run("distsnn", Path(FOLDER) / name, tmp_path, ranks=n) for n in (1, 2, 3))
    assert any(alone)
    # All sums over what was recorded, to the last bit.
    assert all(other == alone for other in others)


def test_digits_of_a_sudoku_spike_as_much(tmp_path: Path) -> None:
    """Which of them do is chance; all recorders together count."""
    rows = [*both(Path(FOLDER) / "sudoku/sudoku_solver.py", tmp_path)]
    assert len(rows) == 729
    ours, theirs = (sum(sums["n"] for sums in column) for column in [*zip(*rows, strict=True)][1:])
    assert_about(ours, theirs, "all")


def test_synapses_come_and_go_as_in_nest(tmp_path: Path) -> None:
    """Calcium and connections of both populations, each second of the whole example.

    Seeds differ by up to a tenth in both simulators, and by more when rates rise at the end.
    """
    script = Path(FOLDER) / "structural_plasticity.py"
    ours, theirs = (run(simulator, script, tmp_path)[-1] for simulator in ("distsnn", "nest"))
    spread = np.repeat([0.15, 0.35], 100)
    for name, floor in (("calcium", 0.004), ("synapses", 30.0)):
        series = [np.array([*found[name].values()]).reshape(2, 200) for found in (ours, theirs)]
        most = np.maximum(*series)
        assert (most[:, -1] > 5 * floor).all()
        assert (np.abs(series[0] - series[1]) <= spread * most + floor).all(), name


@pytest.mark.skipif(not MICROCIRCUIT, reason="DISTSNN_NEST_MICROCIRCUIT is not set")
def test_the_microcircuit_of_nest_spikes_as_much(tmp_path: Path) -> None:
    script, modules = (Path(MICROCIRCUIT) / x for x in ("examples/run_microcircuit.py", "src"))
    rows = [*both(script, tmp_path, str(modules))]
    assert len(rows) == 8
    for node, ours, theirs in rows:
        assert_about(ours["n"], theirs["n"], node)


@pytest.mark.parametrize("name", BORDER)
def test_the_border_of_a_mask_is_in_it(name: str, tmp_path: Path) -> None:
    rows = both(Path(FOLDER) / name, tmp_path)
    found = {node: (ours["n"], theirs["n"]) for node, ours, theirs in rows}
    ours, theirs = found["connections"]
    pairs = 900 * 5 * 11
    assert abs(ours - pairs / 2) <= 5 * math.sqrt(pairs / 4)
    # Without the border they would be 3 * 9.
    assert 900 * 27 / 2 < theirs < ours
