"""Circuits that BMTK's network builder makes and simulates on NEST, in a process of its own.

Run as ``python bmtk_circuits.py build FOLDER`` and ``python bmtk_circuits.py run CONFIG``.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

GLIFS: dict[str, tuple[bool, bool, bool]] = {
    "glif1": (False, False, False),
    "glif2": (True, False, False),
    "glif3": (False, True, False),
    "glif4": (True, True, False),
    "glif5": (True, True, True),
}
FLAGS = ("spike_dependent_threshold", "after_spike_currents", "adapting_threshold")
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "exp": ("iaf_psc_exp", {"tau_syn_ex": 1.5, "C_m": 220.0}),
    "alpha": ("iaf_psc_alpha", {"tau_m": 14.0, "V_m": -64.0}),
    "delta": ("iaf_psc_delta", {}),
    **{
        name: (
            "glif_psc",
            dict(zip(FLAGS, flags, strict=True)) | {"tau_syn": [2.0, 5.5], "t_ref": 3.75},
        )
        for name, flags in GLIFS.items()
    },
}
# Onto each model: weight from excitatory and from inhibitory sources (or ports).
WEIGHTS = {"exp": (60.0, -45.0), "alpha": (90.0, -60.0), "delta": (1.4, -0.9)}
DURATION, INPUTS, PER_MODEL = 250.0, 40, 6


def build(folder: Path) -> None:
    """Write the circuit: all models in one population, with edges of all kinds between them."""
    from bmtk.builder.networks import NetworkBuilder

    rng = np.random.default_rng(12)
    for name in ("models", "synapses"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, (_, parameters) in MODELS.items():
        (folder / "models" / f"{name}.json").write_text(json.dumps(parameters))
    synapses = {
        "plain": {},
        "port1": {"receptor_type": 1},
        "port2": {"receptor_type": 2},
        "stdp": {"lambda": 0.02, "Wmax": 150.0},
        "stp": {"U": 0.5, "u": 0.5, "tau_rec": 120.0, "tau_fac": 30.0},
    }
    for name, parameters in synapses.items():
        (folder / "synapses" / f"{name}.json").write_text(json.dumps(parameters))
    cortex, input_ = NetworkBuilder("cortex"), NetworkBuilder("input")
    for name, (template, _) in MODELS.items():
        cortex.add_nodes(
            N=PER_MODEL, model_type="point_neuron", model_template=f"nest:{template}",
            dynamics_params=f"{name}.json", pop=name, x=rng.random(PER_MODEL),
        )  # fmt: skip
    input_.add_nodes(N=INPUTS, model_type="virtual", pop="input")
    for name in MODELS:
        glif = name not in WEIGHTS
        for k, weight in enumerate((40.0, 25.0) if glif else WEIGHTS[name]):
            file = f"port{k + 1}" if glif else "plain"
            cortex.add_edges(
                source={"pop": ["exp", "glif3"] if k == 0 else ["alpha", "delta"]},
                target={"pop": name},
                connection_rule=lambda *_: int(rng.integers(0, 3)),
                syn_weight=weight, delay=1.5 + 0.5 * k, dynamics_params=f"{file}.json",
                model_template="static_synapse",
            )  # fmt: skip
        drive = 110.0 if glif else {"exp": 180.0, "alpha": 160.0, "delta": 3.6}[name]
        input_.add_edges(
            source=input_.nodes(), target=cortex.nodes(pop=name),
            connection_rule=lambda *_: int(rng.random() < 0.5), syn_weight=drive, delay=2.0,
            dynamics_params="port1.json" if glif else "plain.json", model_template="static_synapse",
        )  # fmt: skip
    for model, file in (("stdp_synapse", "stdp"), ("tsodyks2_synapse", "stp")):
        cortex.add_edges(
            source={"pop": "glif3"}, target={"pop": "exp"}, connection_rule=1, syn_weight=70.0,
            delay=1.2, dynamics_params=f"{file}.json", model_template=model,
        )  # fmt: skip
    for net in (cortex, input_):
        net.build()
        net.save(output_dir=str(folder / "network"))
    _write_spikes(folder / "input.h5", rng)
    clamp = {"input_type": "current_clamp", "module": "IClamp"}
    config = {
        "manifest": {"$HERE": "${configdir}"},
        "run": {"dt": 0.1, "tstop": DURATION},
        "target_simulator": "NEST",
        "components": {
            "point_neuron_models_dir": "$HERE/models",
            "synaptic_models_dir": "$HERE/synapses",
        },
        "networks": {
            "nodes": [
                {
                    "nodes_file": f"$HERE/network/{n}_nodes.h5",
                    "node_types_file": f"$HERE/network/{n}_node_types.csv",
                }
                for n in ("cortex", "input")
            ],
            "edges": [
                {
                    "edges_file": f"$HERE/network/{n}_edges.h5",
                    "edge_types_file": f"$HERE/network/{n}_edge_types.csv",
                }
                for n in ("cortex_cortex", "input_cortex")
            ],
        },
        "inputs": {
            "spikes": {
                "input_type": "spikes", "module": "sonata", "input_file": "$HERE/input.h5",
                "node_set": "input",
            },
            "up": clamp | {
                "node_set": {
                    "population": "cortex",
                    "node_id": [*range(6), *range(24, 30), *range(42, 48)],
                },
                "amp": [120.0, 200.0], "delay": [30.0, 120.0], "duration": [40.0, 60.0],
            },
        },
        "reports": {
            "v": {"module": "multimeter_report", "variable_name": "V_m",
                  "cells": {"population": "cortex", "node_id": [0, 3, 7]}},
        },
        "output": {
            "output_dir": "$HERE/output", "spikes_file": "spikes.h5", "log_file": "log.txt",
            "overwrite_output_dir": True, "spikes_sort_order": "time",
        },
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config, indent=1))


def _write_spikes(path: Path, rng: np.random.Generator) -> None:
    import h5py

    times = np.sort(rng.random(INPUTS * 14) * (DURATION - 1.0)) + 0.3
    with h5py.File(path, "w") as file:
        group = file.create_group("spikes/input")
        group.attrs["sorting"] = "by_time"
        group["timestamps"] = times
        group["node_ids"] = rng.integers(0, INPUTS, times.size).astype(np.uint64)


def run(config: str) -> None:
    """Simulate a configuration with BMTK on NEST."""
    from bmtk.simulator import pointnet

    configure = pointnet.Config.from_json(config)
    configure.build_env()
    network = pointnet.PointNetwork.from_config(configure)
    pointnet.PointSimulator.from_config(configure, network).run()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if sys.argv[1] == "build":
        build(Path(sys.argv[2]))
    else:
        run(sys.argv[2])
