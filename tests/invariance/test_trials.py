"""A trial has the bits of the network run alone as it, however many ranks divide what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn import Hz
from distsnn.exchange import World, run_loopback
from tests.invariance.test_plastic_ranks import network as plastic_network
from tests.invariance.test_stored_states import Model

TRIALS = 3
# The states of each are saved on one number of ranks, dividing the first, and loaded on another.
ORDER = ((1, "trials"), (2, "neurons"), (3, "trials"), (4, "trials"), (7, "trials"))


class Driven(Model):
    """With noise, input and plastic synapses, and values that differ between trials."""

    def __init__(self, folder: Path | None = None, **given: Any) -> None:
        super().__init__(seed=5, **given)
        self.R = snn.PopulationRateMonitor(self.P, name="R")
        self.D = snn.Synapses(
            self.P, self.G, "w : 1", on_pre="v_post += 0.01*w", delay=1.0, name="D"
        )
        self.D.connect(p=0.3)
        self.D.w = "j"
        self.net.add(self.R, self.D)
        if folder is not None:
            self.net.add(
                snn.StateMonitor(self.G, "v", [2, 3], dt=1.0, to=folder / "v.h5", name="F")
            )
        self.G.k = snn.by_trial([0.1, np.linspace(0, 0.2, 17), "0.1*rand()"])
        self.P.rates = snn.by_trial(np.arange(50, 50 + TRIALS) * Hz)
        self.G.v[:3] = "0.5*rand()"

    def first(self) -> Driven:
        self.net.run(9.0)
        return self

    def second(self) -> Driven:
        """What is set between runs is set in each trial."""
        self.G.v[5:] = snn.by_trial([0.1, "0.3*rand()", "0.3*v"])
        self.G.k["v > 0.2"] = "0.02*rand() + k"
        self.D.w = "0.5*w"
        self.net.run(11.0)
        return self

    def of(self, trial: int) -> list[bytes]:
        found = [self.M[trial].v, self.K[trial].t, self.K[trial].i, self.R[trial].rate]
        weights = [one.w[:] for one in (*self.S, self.D)]
        # What no statement changes is the same in all.
        found += [self.G.v[trial], self.G.k[trial]]
        found += [w[trial] if w.ndim > 1 else w for w in weights]
        return [np.asarray(x).tobytes() for x in found]

    def alone(self) -> list[bytes]:
        found = [self.M.v, self.K.t, self.K.i, self.R.rate, self.G.v, self.G.k]
        return [np.asarray(x).tobytes() for x in (*found, *(s.w for s in (*self.S, self.D)))]


@pytest.mark.parametrize("long", [False, pytest.param(True, marks=pytest.mark.long)])
def test_a_trial_is_the_network_alone(tmp_path: Path, long: bool) -> None:
    wanted = [Driven(trial=trial).first().second().alone() for trial in range(TRIALS)]
    assert len({tuple(one) for one in wanted}) == TRIALS

    def saved(world: World, divide: str) -> None:
        one = Driven(trials=TRIALS, divide=divide)
        one.first().net.save(tmp_path / f"{world.size}.h5", overwrite=True)
        # Every rank reads all trials.
        one.second()
        assert [one.of(trial) for trial in range(TRIALS)] == wanted

    def loaded(world: World, number: int, divide: str) -> None:
        one = Driven(trials=TRIALS, divide=divide)
        one.net.load(tmp_path / f"{number}.h5")
        one.second()
        assert [one.of(trial) for trial in range(TRIALS)] == wanted

    order = ORDER if long else ORDER[::2]
    for size, divide in order:
        run_loopback(size, lambda world, divide=divide: saved(world, divide))
    for (size, divide), (number, _) in zip(order, (*order[1:], order[0]), strict=True):
        other = "neurons" if divide == "trials" else "trials"
        run_loopback(size, lambda world, n=number, other=other: loaded(world, n, other))
    # A file of a trial is that of the network alone.
    one = Driven(trial=2)
    one.net.load(tmp_path / "1.trial2.h5")
    assert one.second().alone() == wanted[2]


def test_weights_and_efficacies_are_those_of_each_trial() -> None:
    wanted = []
    for trial in range(2):
        net, found = plastic_network(trial=trial)
        net.run(40.0)
        wanted.append(found())

    def job(world: World) -> None:
        net, found = plastic_network(trials=2, divide="trials" if world.size == 2 else None)
        net.run(25.0)
        net.run(15.0)
        every = found()
        of_spikes = next(m for m in net.monitors if isinstance(m, snn.SpikeMonitor)).trial
        for trial, alone in enumerate(wanted):
            for name, values in alone.items():
                of_trial = every[name]
                if name in {"t", "index"}:
                    of_trial = of_trial[of_spikes == trial]
                elif name[-1] not in "012" or name[0] == "w":
                    of_trial = of_trial[trial]
                assert of_trial.tobytes() == values.tobytes(), name

    for size in (1, 2):
        run_loopback(size, job)
