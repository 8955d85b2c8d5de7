"""Measures of spike trains beside an obvious loop, Elephant, scipy and Poisson processes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from distsnn.errors import ParameterError
from distsnn.interop.recorded import RecordedSpikes
from distsnn.record.spikes import measures
from distsnn.record.spikes.measures import SpikeMeasures

STOP, SIZE = 2000.0, 12


def recorded(size: int = SIZE, rate: float = 0.02, stop: float = STOP) -> RecordedSpikes:
    """Poisson trains on a grid; the last neuron is silent."""
    rng = np.random.default_rng(5)
    n = rng.poisson(rate * stop * (size - 1))
    steps = np.sort(rng.choice(int(stop * 10), n, replace=False))
    return RecordedSpikes("E", size, steps * 0.1, rng.integers(0, size - 1, n), (0.0, stop))


@pytest.fixture(scope="module")
def spikes() -> RecordedSpikes:
    return recorded()


def trains(spikes: RecordedSpikes) -> list[np.ndarray]:
    return [spikes.t[spikes.i == neuron] for neuron in range(spikes.size)]


def test_intervals_and_their_variation(spikes: RecordedSpikes) -> None:
    found = SpikeMeasures(spikes)
    intervals = [np.diff(train) for train in trains(spikes)]
    np.testing.assert_array_equal(found.isi, np.concatenate(intervals))
    np.testing.assert_array_equal(found.isi_of(3), intervals[3])
    assert found.counts.tolist() == [train.size for train in trains(spikes)]
    for neuron, isi in enumerate(intervals[:-1]):
        assert found.cv[neuron] == pytest.approx(isi.std() / isi.mean(), rel=1e-9)
        pairs = [2 * abs(b - a) / (b + a) for a, b in pairwise(isi)]
        assert found.cv2[neuron] == pytest.approx(np.mean(pairs), rel=1e-9)
    assert np.isnan([found.cv[-1], found.cv2[-1]]).all()
    assert found.rates[-1] == 0


def binned(spikes: RecordedSpikes, width: float) -> np.ndarray:
    edges = np.arange(0.0, STOP + width / 2, width) - 1e-7
    return np.array([np.histogram(train, edges)[0] for train in trains(spikes)])


def test_fano_factor_and_correlation(
    spikes: RecordedSpikes, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = SpikeMeasures(spikes)
    counts = binned(spikes, 50.0)[:-1]
    np.testing.assert_allclose(found.fano(50.0)[:-1], counts.var(axis=1) / counts.mean(axis=1))
    assert np.isnan(found.fano(50.0)[-1])
    expected = np.corrcoef(binned(spikes, 5.0)[:-1])
    # In pieces of a few bins.
    monkeypatch.setattr(measures, "_BLOCK", 100)
    np.testing.assert_allclose(found.correlation(5.0)[:-1, :-1], expected, atol=1e-12)
    chosen = found.correlation(5.0, [4, 2, 4])
    np.testing.assert_allclose(chosen, expected[np.ix_([4, 2, 4], [4, 2, 4])], atol=1e-12)
    assert np.isnan(found.correlation(5.0)[-1]).all()


def test_a_window_leaves_out_the_rest(spikes: RecordedSpikes) -> None:
    found = SpikeMeasures(spikes, 500.0, 1500.0)
    assert found.t.size == ((spikes.t >= 500) & (spikes.t < 1500)).sum()
    np.testing.assert_allclose(found.rates, found.counts / 1000.0)
    left, rate = found.rate(10.0)
    assert (left[0], left.size) == (500.0, 100)
    assert rate.sum() * 10.0 * SIZE == pytest.approx(found.t.size)
    assert (
        repr(found)
        == f"SpikeMeasures of E: {found.t.size} spikes of 12 neurons from 500 to 1500 ms"
    )


# Elephant uses what numpy and quantities no longer want.
@pytest.mark.filterwarnings("ignore")
def test_elephant_agrees(spikes: RecordedSpikes) -> None:
    pytest.importorskip("elephant")
    pytest.importorskip("neo")
    import quantities as pq
    from elephant.conversion import BinnedSpikeTrain
    from elephant.spike_train_correlation import correlation_coefficient
    from elephant.statistics import cv, cv2, isi, mean_firing_rate

    from distsnn.interop import spike_trains

    found, of_neo = SpikeMeasures(spikes), spike_trains(spikes)[:-1]
    np.testing.assert_allclose(found.cv[:-1], [cv(isi(train).magnitude) for train in of_neo])
    np.testing.assert_allclose(found.cv2[:-1], [cv2(isi(train)) for train in of_neo])
    rates = [mean_firing_rate(train).rescale(1 / pq.ms).item() for train in of_neo]
    np.testing.assert_allclose(found.rates[:-1], rates)
    theirs = correlation_coefficient(BinnedSpikeTrain(of_neo, bin_size=5 * pq.ms))
    np.testing.assert_allclose(found.correlation(5.0)[:-1, :-1], theirs, atol=1e-9)


@pytest.mark.parametrize("segment", [100.0, 101.0, STOP])
def test_the_spectrum_is_that_of_scipy(spikes: RecordedSpikes, segment: float) -> None:
    signal = pytest.importorskip("scipy.signal")
    found = SpikeMeasures(spikes)
    frequency, power = found.spectrum(1.0, segment)
    theirs = signal.welch(found.rate(1.0)[1], fs=1.0, nperseg=int(segment))
    np.testing.assert_allclose(frequency, theirs[0])
    np.testing.assert_allclose(power, theirs[1], rtol=1e-9, atol=1e-18)


def test_poisson_processes() -> None:
    found = SpikeMeasures(recorded(41, 0.01, 20_000.0))
    n = 40
    # The spread of each estimate over neurons says how far its mean may be off.
    for values, expected in (
        (found.cv[:-1], 1.0), (found.cv2[:-1], 1.0), (found.fano(200.0)[:-1], 1.0),
    ):  # fmt: skip
        # The CV of 200 intervals is biased by about 1 / 200.
        assert values.mean() == pytest.approx(expected, abs=5 * values.std() / np.sqrt(n) + 0.005)
    pairs = found.correlation(10.0, range(n))[np.triu_indices(n, 1)]
    assert abs(pairs.mean()) < 5 / np.sqrt(2000 * pairs.size)
    # White noise of a power of 2 rate / size on the positive frequencies.
    power = found.spectrum(5.0, 500.0)[1][1:-1]
    expected = 2 * found.t.size / 20_000.0 / 41**2
    assert power.mean() == pytest.approx(expected, rel=5 / np.sqrt(power.size * 40))


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda m: m.fano(0.0), r"width=0\.0; width is a time above 0"),
        (lambda m: m.fano(5000.0), r"width=5000\.0 ms; a bin is not longer than the window"),
        (lambda m: m.spectrum(1.0, 1.0), r"a segment has at least two bins"),
        (lambda m: m.correlation(5.0, [12]), r"at most 10,000 numbers from 0 to 11"),
        (lambda m: m.isi_of(12), r"neurons are 0 to 11"),
    ],
)
def test_what_cannot_be_measured(spikes: RecordedSpikes, ask, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        ask(SpikeMeasures(spikes))


def test_a_window_must_be_within_the_recording(spikes: RecordedSpikes) -> None:
    with pytest.raises(ParameterError, match=r"the recording has 0 to 2000 ms"):
        SpikeMeasures(spikes, 3000.0)
    with pytest.raises(ParameterError, match=r"stop is a time"):
        SpikeMeasures(spikes, stop="late")  # type: ignore[arg-type]  # on purpose
