"""Training goes on in other jobs, on other numbers of ranks; an error of one rank ends all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from distsnn import learning
from distsnn.errors import FileError, RankError
from distsnn.exchange import World, run_loopback

END = 20.0


def network() -> tuple[snn.Network, learning.Adjoint, snn.NeuronGroup, snn.Synapses]:
    cells = snn.NeuronGroup(20, snn.LIF(t_ref=snn.Uniform(0.0, 2.0)), name="cells")
    source = snn.PoissonGroup(20, rates=0.05, name="source")
    fast = snn.Exponential(tau=3.0)
    feed = snn.Synapses(source, cells, fast, weight=900.0, delay=1.0, name="feed")
    feed.connect(p=0.3)
    again = snn.Synapses(
        cells, cells, fast, weight=100.0, delay=snn.Uniform(0.4, 4.0), name="again"
    )
    again.connect(p=0.3)
    net = snn.Network(cells, source, feed, again, seed=3)
    return net, learning.Adjoint(net), cells, feed


def trained(path: Path, trials: int) -> bytes:
    """The weights after some more trials, which go on from a file and end with it."""
    net, adjoint, cells, feed = network()
    net.store()
    loss = learning.SpikeCount(cells, 1.0, 15.0, 5.0)
    rates = learning.RateRegularization(cells, 0.02, 0.1, 15.0, 5.0, strength=100.0)
    adam, weights = learning.Adam(rate=20.0), None
    try:
        saved = adam.load(path)
        done, weights = int(saved["done"]), saved["weights"]
    except FileError:
        done = 0
    for trial in range(done, done + trials):
        net.restore(restore_random_state=True)
        if weights is not None:
            feed.w = weights
        net.run(END, progress=False)
        gradient = adjoint.backward(loss, rates, least_slope=1e-3)
        adam.step(feed, gradient.weight(feed), low=0.0)
        weights = np.array(feed.w)
        adam.save(path, overwrite=True, weights=weights, done=trial + 1)
    assert weights is not None
    return weights.tobytes()


@pytest.mark.filterwarnings("ignore::distsnn.errors.NoGradientWarning")
def test_training_goes_on_on_other_ranks(tmp_path: Path) -> None:
    whole = run_loopback(1, lambda _: trained(tmp_path / "whole.npz", 4))[0]
    assert np.unique(np.frombuffer(whole)).size > 50
    for count, trials in ((2, 1), (7, 1), (1, 1), (3, 1)):
        found = run_loopback(count, lambda _, n=trials: trained(tmp_path / "parts.npz", n))
    assert found == [whole] * 3
    assert (tmp_path / "parts.npz").read_bytes() == (tmp_path / "whole.npz").read_bytes()


@pytest.mark.filterwarnings("ignore::distsnn.errors.NoGradientWarning")
def test_gradients_of_a_run_that_was_resumed(tmp_path: Path) -> None:
    def job(begin: float, load: Path | None = None, save: Path | None = None) -> list[bytes]:
        net, adjoint, cells, feed = network()
        if load is not None:
            net.load(load)
        net.run(begin, progress=False)
        if save is not None:
            net.save(save)
        # Within what has run before a part is saved.
        gradient = adjoint.backward(learning.SpikeCount(cells, 1.0, 11.0, 5.0), least_slope=1e-3)
        return [
            found.tobytes()
            for found in (gradient.weight(feed), gradient.delay(feed), gradient.spike_times(cells))
        ]

    whole = job(END)
    for count, other in ((2, 3), (4, 2), (1, 3)):
        path = tmp_path / f"{count}.h5"
        run_loopback(count, lambda _, path=path: job(11.3, save=path))
        found = run_loopback(other, lambda _, path=path: job(END - 11.3, load=path))
        assert found == [whole] * other


class FailsOnOne(learning.Loss):
    """A user's loss with an error that one rank alone has."""

    def __init__(self, fails: bool) -> None:
        self.fails = fails

    def evaluate(self, recorded: learning.Recorded) -> float:
        if self.fails:
            raise ValueError("no such answer")
        return recorded.duration


@pytest.mark.ranks(2)
def test_an_error_of_one_rank_is_one_of_all(world: World) -> None:
    net, adjoint, cells, _ = network()
    net.run(END, progress=False)
    with pytest.raises(RankError, match="rank 1 failed: ValueError: no such answer"):
        adjoint.backward(FailsOnOne(world.rank == 1))
    # All still do the same, and what one finds in its own neurons is said on all.
    assert adjoint.backward(FailsOnOne(False)).value == pytest.approx(END)
    first = next(iter(adjoint._spikes.values()))
    first._values = [values * 0.0 for values in first._values]
    with pytest.raises(snn.errors.DistsnnError, match=r"has a slope of .* at its spike"):
        adjoint.backward(learning.SpikeCount(cells, 1.0, 15.0, 5.0))
