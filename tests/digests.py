"""Digests of what networks do, recorded before a change of the code and compared after it.

    python -m tests.digests record before.json
    python -m tests.digests compare before.json [--only results edges files]

For each network there are digests of

- ``results``: what its script ends in (spikes, states, weights, traces);
- ``program``: the generated source of each thread's program;
- ``edges``: all arrays of its program after the run, tables and state among them;
- ``files``: a recorded spike file and a checkpoint, dataset by dataset.

A change that must not move one bit keeps ``results``, ``edges`` and ``files``; names of arguments
and the order of lines in ``program`` may change, so it can be left out by ``--only``. Networks
are the ones that other tests use, examples at a small scale and random ones.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import hypothesis as hyp
import numpy as np

import distsnn as snn
from distsnn.errors import ConnectivityError
from distsnn.examples import brunel, coba, cuba, microcircuit, plastic
from tests.networks import Plan, plans
from tests.random_models import random_script
from tests.recorded import content
from tests.saved_networks import MAKERS
from tests.synapse_scripts import SCRIPTS

Digests = dict[str, dict[str, str]]
KINDS = ("results", "program", "edges", "files")
N_PLANS, N_RANDOM = 12, 12
# What a file says of the description, whose classes may change; its results may not.
OF_DESCRIPTION = ("outline", " digest", "origin")
EXAMPLES: dict[str, Callable[[], snn.Network]] = {
    "brunel": lambda: brunel.network(scale=0.04),
    "coba": coba.network,
    "cuba": cuba.network,
    "microcircuit": lambda: microcircuit.network(scale=0.02),
    "plastic": lambda: plastic.network(scale=0.02),
}


def digest(*values: Any) -> str:
    """Digest of arrays, texts and numbers."""
    found = hashlib.blake2b(digest_size=12)
    for value in values:
        if isinstance(value, np.ndarray):
            found.update(f"{value.dtype}{value.shape}".encode())
            found.update(np.ascontiguousarray(value).tobytes())
        else:
            found.update(repr(value).encode())
    return found.hexdigest()


@contextmanager
def networks_that_run() -> Iterator[list[snn.Network]]:
    """All networks that run meanwhile, those of ``run()`` too, each once."""
    found: list[snn.Network] = []
    original = snn.Network.run

    def run(self: snn.Network, *values: Any, **named: Any) -> Any:
        if not any(self is other for other in found):
            found.append(self)
        return original(self, *values, **named)

    snn.Network.run = run  # type: ignore[method-assign]  # only here, and put back below
    try:
        yield found
    finally:
        snn.Network.run = original  # type: ignore[method-assign]  # see above


def _files_content(path: Path) -> list[tuple[str, Any]]:
    return sorted((k, v) for k, v in content(path).items() if not k.endswith(OF_DESCRIPTION))


def of_network(net: snn.Network, folder: Path) -> dict[str, str]:
    """Digests of a network that has run; it is saved, and runs on for a few steps."""
    builds = net._state.built.builds
    arrays = [
        (name, np.asarray(value))
        for build in builds
        for name, value in sorted((str(a), value) for a, value in build.arrays.items())
    ]
    spikes, state = folder / "spikes.h5", folder / "state.h5"
    net.save(state)
    net.run(2 * snn.ms, record=spikes)
    return {
        "program": digest(*(build.program.source() for build in builds)),
        "edges": digest(*(part for pair in arrays for part in pair)),
        "files": digest(*(_files_content(path) for path in (spikes, state))),
    }


def digests_of(make: Callable[[], Any]) -> dict[str, str]:
    """Digests of one script; `make` runs it and returns arrays by name."""
    snn.start_scope()
    snn.seed(0)
    snn.defaultclock.dt = 0.1 * snn.ms
    with (
        tempfile.TemporaryDirectory() as folder,
        networks_that_run() as networks,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        results = make()
        names = sorted(results)
        parts = {"results": digest(*(part for n in names for part in (n, np.asarray(results[n]))))}
        of_each: list[dict[str, str]] = []
        for number, net in enumerate(list(networks)):
            place = Path(folder) / str(number)
            place.mkdir()
            of_each.append(of_network(net, place))
    for kind in KINDS[1:]:
        parts[kind] = digest(*(found[kind] for found in of_each))
    return parts


def of_example(make: Callable[[], snn.Network]) -> dict[str, Any]:
    net = make()
    net.run(100 * snn.ms)
    return {f"{monitor.name} {n}": getattr(monitor, n) for monitor in net.monitors for n in "ti"
            if isinstance(monitor, snn.SpikeMonitor) and monitor.record}  # fmt: skip


def of_plan(plan: Plan) -> dict[str, Any]:
    built = plan.build()
    built.network.run(300 * 0.1)
    states = {f"state {n}": values for n, values in enumerate(built.states())}
    return {"spikes": np.array(built.spikes()), **states}


def of_random(seed: int) -> dict[str, Any]:
    space: dict[str, Any] = {"snn": snn, "np": np, "__name__": "script"}
    exec(random_script(Random(seed), Random(seed)), space)
    return dict(space["found"])


def of_saved(name: str) -> dict[str, Any]:
    net, results = MAKERS[name]()
    net.run(40 * snn.ms)
    return results()


def random_plans() -> list[Plan]:
    found: list[Plan] = []

    @hyp.settings(max_examples=N_PLANS, derandomize=True, database=None, deadline=None)
    @hyp.given(plan=plans())
    def collect(plan: Plan) -> None:
        found.append(plan)

    collect()
    return found


def all_networks() -> dict[str, Callable[[], dict[str, Any]]]:
    """What each network ends in, by its name."""
    found: dict[str, Callable[[], dict[str, Any]]] = {}
    found |= {f"saved {name}": lambda name=name: of_saved(name) for name in MAKERS}
    found |= {
        f"script {name}": lambda script=script: script(snn) for name, script in SCRIPTS.items()
    }
    found |= {f"example {n}": lambda make=make: of_example(make) for n, make in EXAMPLES.items()}
    found |= {f"plan {n}": lambda plan=plan: of_plan(plan) for n, plan in enumerate(random_plans())}
    found |= {f"random {seed}": lambda seed=seed: of_random(seed) for seed in range(N_RANDOM)}
    return found


def record() -> Digests:
    found: Digests = {}
    for name, make in all_networks().items():
        try:
            found[name] = digests_of(make)
        except ConnectivityError as error:
            found[name] = dict.fromkeys(KINDS, str(error))
        print(name, flush=True)
    return found


def differences(before: Digests, now: Digests, kinds: list[str]) -> list[str]:
    """What differs, one line for each network and kind."""
    lines = [f"{name}: only in one of both" for name in sorted(before.keys() ^ now.keys())]
    for name in sorted(before.keys() & now.keys()):
        differing = [kind for kind in kinds if before[name][kind] != now[name][kind]]
        lines += [f"{name}: {kind}" for kind in differing]
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.digests")
    parser.add_argument("what", choices=["record", "compare"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--only", nargs="+", choices=KINDS, default=list(KINDS))
    given = parser.parse_args()
    found = record()
    if given.what == "record":
        given.file.write_text(json.dumps(found, indent=1), encoding="utf8")
        return 0
    before = json.loads(given.file.read_text(encoding="utf8"))
    lines = differences(before, found, given.only)
    print("\n".join(lines) or "nothing differs")
    return int(bool(lines))


if __name__ == "__main__":
    raise SystemExit(main())
