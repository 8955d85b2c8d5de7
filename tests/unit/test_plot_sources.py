"""Every function of `distsnn.plot` with every kind of source: it draws, or says what does."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn import Hz, plot
from distsnn.errors import FileError, ParameterError, UnknownNameError
from distsnn.plot import sheets

Figure = pytest.importorskip("matplotlib.figure").Figure

SPIKES = {"spike file", "SpikeFile", "SpikeMonitor"}
TRACES = {"trace file", "ReportFile", "StateMonitor", "StateMonitorView"}
SYNAPSES = {"edge file", "EdgeFile", "ready synapses", "equation synapses"}
RATE, WEIGHTS = {"PopulationRateMonitor"}, {"WeightMonitor"}
OTHERS = {"NeuronGroup", "slice", "Network", "None", "counting SpikeMonitor"}
# What each function draws; it refuses all else.
DRAWS = {
    "raster": SPIKES,
    "rates": SPIKES | RATE,
    "rate_distribution": SPIKES,
    "cv_distribution": SPIKES,
    "summary_picture": SPIKES,
    "traces": TRACES,
    "connectivity": SYNAPSES,
    "weight_distribution": SYNAPSES | WEIGHTS,
    "spectrum": SPIKES | RATE,
    "weights_over_time": TRACES | WEIGHTS,
    "activity_map": SPIKES | TRACES - {"StateMonitorView"},
    "film": SPIKES | TRACES - {"StateMonitorView"},
    "recording_picture": SPIKES | RATE | TRACES | SYNAPSES | WEIGHTS,
}
TIMED = [name for name in DRAWS if name not in ("connectivity", "weight_distribution")]
# What takes a window as one argument.
WINDOWED = ("traces", "film")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("sources")
    cells = snn.NeuronGroup(20, snn.LIF(I_e=snn.Uniform(300.0, 500.0)), name="cells")
    S = snn.Synapses(cells, cells, snn.Delta(), weight=snn.Uniform(0.0, 1.0), delay=1.0,
                     stdp=snn.STDP(0.1, 0.1, w_max=1.0), name="S")  # fmt: skip
    S.connect(p=0.5)
    T = snn.Synapses(cells, cells, "u : 1\nw : amp", on_pre="u += 1", name="T")
    T.connect(condition="i == j")
    T.w = "i*pA"
    spikes, counts = snn.SpikeMonitor(cells), snn.SpikeMonitor(cells, record=False)
    rate = snn.PopulationRateMonitor(cells[5:])
    trace = snn.StateMonitor(cells, "V_m", [3, 7])
    file = snn.StateMonitor(cells, "V_m", [3, 7], to=str(folder / "v.h5"))
    weights = snn.WeightMonitor(S, bins=5, dt=50.0)
    net = snn.Network(cells, S, T, spikes, counts, rate, trace, file, weights, seed=2)
    net.run(20.0)
    net.run(80.0, record=str(folder / "spikes.h5"))
    net.write_weights(str(folder / "weights.h5"))
    net.save(str(folder / "state.h5"))
    return {
        "spike file": folder / "spikes.h5",
        "SpikeFile": snn.SpikeFile(folder / "spikes.h5"),
        "SpikeMonitor": spikes,
        "trace file": str(folder / "v.h5"),
        "ReportFile": snn.ReportFile(folder / "v.h5"),
        "StateMonitor": trace,
        "StateMonitorView": trace[7],
        "edge file": folder / "weights.h5",
        "EdgeFile": snn.EdgeFile(folder / "weights.h5"),
        "ready synapses": S,
        "equation synapses": T,
        "PopulationRateMonitor": rate,
        "WeightMonitor": weights,
        "NeuronGroup": cells,
        "slice": cells[2:5],
        "Network": net,
        "None": None,
        "counting SpikeMonitor": counts,
    }


def draw(function: str, source: Any, **options: Any) -> Any:
    if function.endswith("_picture"):
        return getattr(plot, function)(source, **options)
    if function == "connectivity":
        return plot.connectivity(source, tuple(Figure().subplots(1, 2)), **options)
    if function in ("activity_map", "film"):
        few = isinstance(snn_object(source), snn.StateMonitor | snn.ReportFile)
        options = {"positions": (1, 2) if few else (4, 5)} | options
    if function == "film":
        options = {"frame": 40.0} | options
    drawn = getattr(plot, function)(source, ax=Figure().add_subplot(), **options)
    if function != "film":
        return drawn
    # A film is drawn when it is shown or written.
    assert "<img" in drawn.to_jshtml()
    return drawn._fig


def axes_of(drawn: Any) -> list[Any]:
    if isinstance(drawn, Figure):
        return list(drawn.axes)
    return list(drawn) if isinstance(drawn, tuple) else [drawn]


def is_empty(axes: Any) -> bool:
    if axes.images or axes.collections:
        return False
    lines = [np.isfinite(line.get_ydata()).any() for line in axes.get_lines()]
    stairs = [np.asarray(patch.get_data().values).any() for patch in axes.patches]
    return not any(lines + stairs)


@pytest.mark.parametrize("function", DRAWS)
def test_every_function_draws_or_refuses_every_source(
    function: str, sources: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert set(sources) == SPIKES | TRACES | SYNAPSES | RATE | WEIGHTS | OTHERS
    for kind, source in sources.items():
        if kind in DRAWS[function]:
            drawn = draw(function, source)
            assert not any(map(is_empty, axes_of(drawn))), kind
            assert not caplog.records, kind
            continue
        with pytest.raises(ParameterError) as refused:
            draw(function, source)
        text = str(refused.value)
        assert "\n" not in text
        if kind in OTHERS:
            continue
        assert text.startswith(f"plot.{function}: {type(snn_object(source)).__name__}"), kind
        # Where it points to, it is drawn.
        others = [name for name in DRAWS if f"plot.{name}" in text.partition("Draw it")[2]]
        assert others, text
        for name in others:
            assert kind in DRAWS[name], text
    assert set(DRAWS) | {"require_drawable", "timeline"} == set(plot.__all__)


def snn_object(source: Any) -> Any:
    """The source, or the reader of a path."""
    return plot.picture_sources.opened_source(source)


def test_what_is_no_recording_is_refused(sources: dict[str, Any], tmp_path: Path) -> None:
    for function in DRAWS:
        with pytest.raises(FileError, match="no such file"):
            draw(function, tmp_path / "missing.h5")
        with pytest.raises(FileError, match="checkpoint"):
            draw(function, Path(sources["spike file"]).with_name("state.h5"))


@pytest.mark.parametrize("function", TIMED)
def test_windows_that_hold_nothing_are_refused(function: str, sources: dict[str, Any]) -> None:
    wrong = [(np.nan, None), (None, np.inf), ("1", None), (True, None), (50.0, 50.0), (60.0, 40.0),
             (100.0, None), (None, -1.0), (200.0, 300.0)]  # fmt: skip
    for kind in sorted(DRAWS[function] - SYNAPSES - WEIGHTS):
        for start, stop in wrong:
            limits: Any = {"start": start, "stop": stop}
            limits = {"window": (start, stop)} if function in WINDOWED else limits
            with pytest.raises(ParameterError, match=r"ms; (a limit|the recording covers)|nothing"):
                draw(function, sources[kind], **limits)


def test_a_window_is_cut_to_what_was_recorded(sources: dict[str, Any]) -> None:
    monitor = sources["SpikeMonitor"]
    axes = draw("rates", monitor, start=-50.0, stop=1000.0, width=10.0)
    (steps,) = axes.patches
    np.testing.assert_allclose(steps.get_data().edges, np.arange(0.0, 101.0, 10.0))
    counts = np.histogram(monitor.t, np.arange(0.0, 101.0, 10.0) - 1e-6)[0]
    np.testing.assert_allclose(steps.get_data().values, counts / (20 * 10.0) / Hz)
    # Over the time of the recording, not up to the last spike.
    rates = draw("rate_distribution", monitor).get_lines()[0].get_xdata()
    np.testing.assert_allclose(rates, np.round(rates, -1), atol=1e-9)


def test_rate_monitors_are_drawn_in_bins_of_steps(sources: dict[str, Any]) -> None:
    monitor = sources["PopulationRateMonitor"]
    (steps,) = draw("rates", monitor, start=20.0, stop=60.0, width=5.0).patches
    np.testing.assert_allclose(steps.get_data().edges, np.arange(20.0, 61.0, 5.0))
    means = monitor.rate[200:600].reshape(8, 50).mean(axis=1) / Hz
    np.testing.assert_allclose(steps.get_data().values, means)
    for width in (np.nan, 0.0, -1.0, 41.0, "5"):
        for kind in ("PopulationRateMonitor", "SpikeMonitor"):
            with pytest.raises(ParameterError, match="a bin is wider than 0"):
                draw("rates", sources[kind], start=20.0, stop=60.0, width=width)


def test_weights_of_synapses_and_of_the_last_histogram(sources: dict[str, Any]) -> None:
    S, T = sources["ready synapses"], sources["equation synapses"]
    of_file = draw("weight_distribution", sources["edge file"], synapses="S")
    for axes in (draw("weight_distribution", S), of_file):
        (steps,) = axes.patches
        np.testing.assert_array_equal(steps.get_data().values, np.histogram(S.w, 50)[0])
        assert axes.get_title() == "S"
    (steps,) = draw("weight_distribution", sources["WeightMonitor"]).patches
    np.testing.assert_array_equal(steps.get_data().values, sources["WeightMonitor"].counts[-1])
    axes = draw("weight_distribution", T)
    assert axes.get_xlabel() == "w (pA)"
    assert axes.patches[0].get_data().values.sum() == len(T)
    assert draw("weight_distribution", T, value="u").get_xlabel() == "u"
    assert draw("weight_distribution", S, value="delay").get_xlabel() == "delay (ms)"
    with pytest.raises(UnknownNameError, match="valid names are"):
        draw("weight_distribution", T, value="x")
    for kind in ("ready synapses", "WeightMonitor"):
        with pytest.raises(ParameterError, match="'T' is not the name of S"):
            draw("weight_distribution", sources[kind], synapses="T")


def test_connections_of_a_file(sources: dict[str, Any]) -> None:
    T = sources["equation synapses"]
    _, dots = draw("connectivity", sources["EdgeFile"], name="T")
    np.testing.assert_array_equal(dots.get_lines()[0].get_data(), [T.i, T.j])
    with pytest.raises(UnknownNameError, match="unknown name 'x'"):
        draw("connectivity", sources["EdgeFile"], name="x")


def test_connections_of_many_synapses_are_an_image_of_counts() -> None:
    def counts_of(n: int, m: int) -> np.ndarray:
        cells = snn.NeuronGroup(n, snn.LIF())
        S = snn.Synapses(cells, cells[:m], snn.Delta(), weight=1.0)
        S.connect()
        snn.Network(cells, S)
        (image,) = draw("connectivity", S)[1].images
        return np.asarray(image.get_array())

    np.testing.assert_array_equal(counts_of(50, 40), np.ones((40, 50)))
    found = counts_of(250, 100)
    assert found.shape == (100, 84)
    assert found.sum() == 25_000
    assert (found[:, :-1] == 3).all()


def test_spectra_are_those_of_the_measures(sources: dict[str, Any]) -> None:
    monitor = sources["SpikeMonitor"]
    frequency, power = monitor.measures(10.0).spectrum(0.5, 20.0)
    (line,) = draw("spectrum", monitor, start=10.0, width=0.5, segment=20.0).get_lines()
    np.testing.assert_allclose(line.get_data(), [frequency[1:] / Hz, power[1:] / Hz])
    for wrong in ({"width": 0.0}, {"width": 5.0, "segment": 5.0}, {"segment": 1e3}):
        with pytest.raises(ParameterError, match=r"plot\.spectrum: (width|segment)="):
            draw("spectrum", monitor, **wrong)


def test_weights_over_time(sources: dict[str, Any]) -> None:
    monitor = sources["WeightMonitor"]
    axes = draw("weights_over_time", monitor)
    (image,) = axes.collections
    shown = np.nan_to_num(np.ma.filled(image.get_array(), 0)).reshape(monitor.counts.T.shape)
    np.testing.assert_array_equal(shown, monitor.counts.T)
    traces = sources["StateMonitor"]
    axes = draw("weights_over_time", traces, start=10.0, stop=20.0)
    (median,) = axes.get_lines()
    np.testing.assert_array_equal(median.get_ydata(), np.median(traces.V_m[:, 100:200], axis=0))
    assert axes.get_ylabel() == "V_m (mV)"


def test_maps_have_the_activity_of_each_place(sources: dict[str, Any], tmp_path: Path) -> None:
    monitor = sources["SpikeMonitor"]
    axes = draw("activity_map", monitor, start=20.0, stop=70.0)
    counts = np.bincount(monitor.i[(monitor.t > 19.95) & (monitor.t < 69.95)], minlength=20)
    np.testing.assert_allclose(axes.images[0].get_array(), counts.reshape(4, 5) / 50.0 / Hz)
    places = np.random.default_rng(1).uniform(size=(20, 2))
    dots = draw("activity_map", monitor, positions=places, start=20.0, stop=70.0).collections[0]
    np.testing.assert_allclose(dots.get_array(), counts / 50.0 / Hz)
    np.testing.assert_allclose(dots.get_offsets(), places)
    traces = sources["StateMonitor"]
    image = draw("activity_map", traces, stop=30.0).images[0]
    np.testing.assert_allclose(image.get_array()[0], traces.V_m[:, :300].mean(axis=1))
    for wrong in (None, (4, 4), (20,), places[:3], places * np.nan, "square"):
        with pytest.raises(ParameterError, match=r"positions are \(rows, columns\) of as many"):
            draw("activity_map", monitor, positions=wrong)


def test_a_film_is_written(
    sources: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monitor, image = sources["SpikeMonitor"], pytest.importorskip("PIL.Image")
    draw("film", monitor, output=tmp_path / "f.gif", frame=25.0)
    with image.open(tmp_path / "f.gif") as found:
        assert found.n_frames == 4
    draw("film", monitor, output=tmp_path / "f.html", window=(0.0, 20.0), frame=10.0)
    assert "<img" in (tmp_path / "f.html").read_text()
    pytest.importorskip("imageio_ffmpeg")
    draw("film", monitor, output=tmp_path / "f.mp4", frame=25.0)
    assert (tmp_path / "f.mp4").read_bytes()[4:8] == b"ftyp"
    monkeypatch.setattr(sheets, "_ffmpeg", lambda: None)
    for name, message in (
        ("f.avi", "its name ends in"),
        ("no/f.gif", "there is no folder"),
        ("g.mp4", "ffmpeg is not installed; it writes .mp4. Install it"),
    ):
        with pytest.raises(FileError, match=message):
            draw("film", monitor, output=tmp_path / name)
    for wrong in (0.0, 1e-3, 1e6, "1"):
        with pytest.raises(ParameterError, match="a film has 1 to 2,000 frames"):
            draw("film", monitor, frame=wrong)


def test_values_that_are_not_finite_are_said(
    sources: dict[str, Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    values = np.array([1.0, np.nan, np.inf, 2.0])
    monkeypatch.setattr(snn.EdgeFile, "values", lambda *_: values)
    (steps,) = draw("weight_distribution", sources["EdgeFile"], synapses="S").patches
    assert steps.get_data().values.sum() == 2
    (record,) = caplog.records
    assert "2 of 4 values of syn_weight of S are NaN or infinite" in record.getMessage()


def test_nothing_given_is_ignored(sources: dict[str, Any]) -> None:
    for kind in sorted(SYNAPSES | WEIGHTS):
        with pytest.raises(ParameterError, match="weights are those at one time"):
            draw("recording_picture", sources[kind], start=5.0)
    for kind in sorted(SPIKES | TRACES | RATE):
        with pytest.raises(ParameterError, match="names of synapses choose within a file"):
            draw("recording_picture", sources[kind], synapses=["S"])
    for function, option in (("raster", "dots"), ("traces", "traces"), ("connectivity", "lines")):
        kind = min(DRAWS[function])
        for wrong in (0, -1, 1.5, np.nan):
            with pytest.raises(ParameterError, match=f"most_{option} is a whole number >= 1"):
                draw(function, sources[kind], **{f"most_{option}": wrong})


def test_empty_pictures_are_said_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    cells = snn.NeuronGroup(3, snn.LIF(), name="cells")
    S = snn.Synapses(cells, cells, snn.Delta(), weight=1.0, name="S")
    S.connect(p=0)
    spikes, rate = snn.SpikeMonitor(cells), snn.PopulationRateMonitor(cells)
    trace = snn.StateMonitor(cells, "V_m", record=False)
    net = snn.Network(cells, S, spikes, rate, trace)
    empty = [("raster", spikes), ("rates", spikes), ("rates", rate), ("cv_distribution", spikes),
             ("rate_distribution", spikes), ("summary_picture", spikes), ("traces", trace),
             ("connectivity", S), ("weight_distribution", S)]  # fmt: skip
    for _ in range(2):
        # Before a run, and where nothing happened.
        for function, source in empty:
            caplog.clear()
            draw(function, source)
            (record,) = caplog.records
            assert record.levelno == logging.WARNING
            message = record.getMessage()
            assert message.startswith(f"plot.{function}: the picture is empty, because")
        net.run(5.0)
    caplog.clear()
    draw("cv_distribution", spikes, start=1.0)
    assert len(caplog.records) == 1
