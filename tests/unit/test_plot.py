from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from distsnn import plot
from distsnn.errors import FileError
from distsnn.record.files.header import RecordingHeader
from distsnn.record.spikes.spike_file import SpikeFileWriter
from distsnn.record.spikes.spike_reader import SpikeFile

pytest.importorskip("matplotlib")
Figure = pytest.importorskip("matplotlib.figure").Figure


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plot") / "spikes.h5"
    sizes = {"E": 400, "I": 100, "silent": 10}
    writer = SpikeFileWriter(path, RecordingHeader(1, 0.1, ""), list(sizes.items()))
    rng = np.random.default_rng(1)
    for name, n in [("E", 4000), ("I", 2000)]:
        steps = np.sort(rng.integers(0, 10_000, n))
        writer.append(name, steps, rng.integers(0, sizes[name], n))
    writer.finish(10_000)
    return path


@pytest.fixture
def axes():
    return Figure().add_subplot()


def dots(axes):
    return [line.get_data() for line in axes.get_lines()]


def test_raster_shows_every_spike_of_a_small_network(recording: Path, axes) -> None:
    assert plot.raster(recording, axes) is axes
    exc, inh, silent = dots(axes)
    times, ids = SpikeFile(recording).spikes("E")
    np.testing.assert_array_equal(exc[0], times)
    np.testing.assert_array_equal(exc[1], ids)
    assert inh[1].min() >= 400
    assert len(silent[0]) == 0
    assert [label.get_text() for label in axes.get_yticklabels()] == ["E", "I", "silent"]
    assert axes.get_xlim() == (0.0, 1000.0)


def test_raster_of_many_spikes_is_thinned_the_same_way(recording: Path) -> None:
    drawn = [dots(plot.raster(recording, Figure().add_subplot(), most_dots=1500)) for _ in range(2)]
    n = sum(len(x) for x, _ in drawn[0])
    assert 750 < n < 1650
    for (x, y), (again_x, again_y) in zip(*drawn, strict=True):
        np.testing.assert_array_equal(x, again_x)
        np.testing.assert_array_equal(y, again_y)


def test_raster_says_that_it_is_thinned(recording: Path, axes) -> None:
    plot.raster(recording, axes, most_dots=2000)
    assert axes.get_title(loc="right") == "every 3rd neuron"


def test_rates_over_time(recording: Path, axes) -> None:
    plot.rates(recording, axes, start=100.0, stop=900.0, width=100.0)
    exc = axes.patches[0].get_data()
    times, _ = SpikeFile(recording).spikes("E", 100.0, 900.0)
    assert exc.values.sum() * 0.1 * 400 == pytest.approx(len(times))
    np.testing.assert_allclose(exc.edges, np.arange(100.0, 901.0, 100.0))


def test_distributions_are_densities(recording: Path, axes) -> None:
    plot.rate_distribution(recording, axes)
    x, y = axes.get_lines()[0].get_data()
    assert (y * (x[1] - x[0])).sum() == pytest.approx(1.0, abs=0.02)
    # One second: rates are whole numbers of hertz, and so are the middles of the bins.
    np.testing.assert_allclose(x, np.round(x), atol=1e-9)
    plot.cv_distribution(recording, Figure().add_subplot())


def test_new_axes_where_none_are_given(recording: Path) -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("Agg")
    plot.cv_distribution(recording)
    assert pyplot.get_fignums()
    pyplot.close("all")


@pytest.mark.parametrize("ending", ["png", "pdf"])
def test_summary_picture(recording: Path, tmp_path: Path, ending: str) -> None:
    output = tmp_path / f"picture.{ending}"
    figure = plot.summary_picture(recording, output)
    assert output.stat().st_size > 10_000
    assert len(figure.axes) == 4


def test_a_picture_that_cannot_be_written(recording: Path, tmp_path: Path) -> None:
    for name in ["missing/picture.png", "picture.spikes"]:
        with pytest.raises(FileError, match="the picture cannot be written"):
            plot.summary_picture(recording, tmp_path / name)


def test_without_matplotlib_the_message_says_what_to_install(recording: Path) -> None:
    script = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from distsnn import plot\n"
        f"plot.summary_picture({str(recording)!r})"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True
    )
    assert "pip install 'distsnn[plot]'" in result.stderr
