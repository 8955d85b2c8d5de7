"""A look at recorded spikes in a browser: what the server answers, and to whom."""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import distsnn as snn
from distsnn.commands.view import view_server
from distsnn.errors import FileError
from distsnn.record.spikes import spike_levels
from distsnn.record.spikes.spike_levels import SpikeLevels, Window
from tests.browser import browser_page

N = 600


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("view") / "spikes.h5"
    draw = np.random.default_rng(1)
    # In each step a neuron spikes once at most.
    chosen = np.sort(draw.choice(N * 900, 5000, replace=False))
    cells = snn.SpikeGeneratorGroup(N, chosen % N, (chosen // N + 1) * 0.1, name="cells")
    few = snn.SpikeGeneratorGroup(3, [2], [5.0], name="few")
    snn.Network(cells, few, dt=0.1, seed=1).run(100.0, record=path)
    return path


@pytest.fixture
def server(path: Path) -> Iterator[int]:
    server = view_server(path)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def ask(port: int, address: str, host: str | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", address, headers={} if host is None else {"Host": host})
    answer = connection.getresponse()
    return answer.status, answer.read()


def counted(path: Path, window: Window, group: str = "cells") -> np.ndarray:
    times, index = snn.SpikeFile(path).spikes(group)
    image = np.zeros((window.height, window.width), np.uint32)
    for t, i in zip(times, index, strict=True):
        x = int((t - window.start) / (window.stop - window.start) * window.width // 1)
        y = int((i + 0.5 - window.first) / (window.last - window.first) * window.height // 1)
        if 0 <= x < window.width and 0 <= y < window.height:
            image[window.height - 1 - y, x] += 1
    return image


@pytest.mark.parametrize("read", [0, 4_000_000], ids=["counts", "spikes"])
def test_pictures_count_spikes(path: Path, read: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spike_levels, "_MOST_READ", read)
    levels = SpikeLevels(snn.SpikeFile(path))
    whole = levels.image("cells", Window(0.0, 100.0, 0.0, N, 50, 4))
    assert whole.sum() == 5000
    assert np.abs(whole.astype(int) - counted(path, Window(0.0, 100.0, 0.0, N, 50, 4))).max() <= (
        0 if read else 12
    )
    if read:
        part = Window(20.0, 30.0, 100.0, 200.0, 100, 100)
        assert np.array_equal(levels.image("cells", part), counted(path, part))
    assert levels.image("few", Window(0.0, 10.0, 0.0, 3.0, 2, 3))[0].tolist() == [0, 1]


def test_counts_are_kept_until_the_file_changes(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy.h5"
    copy.write_bytes(path.read_bytes())
    SpikeLevels(snn.SpikeFile(copy))
    assert (tmp_path / ".copy.h5.levels.npz").exists()
    made = []
    count = SpikeLevels._counted
    monkeypatch.setattr(SpikeLevels, "_counted", lambda *given: made.append(1) or count(*given))
    SpikeLevels(snn.SpikeFile(copy))
    assert not made
    copy.touch()
    SpikeLevels(snn.SpikeFile(copy))
    assert len(made) == 2
    (tmp_path / ".copy.h5.levels.npz").write_bytes(b"nothing")
    assert SpikeLevels(snn.SpikeFile(copy)).image("few", Window(0, 9, 0, 3, 1, 1)).tolist() == [[1]]


def test_the_server_answers_this_computer_alone(server: int, path: Path) -> None:
    status, page = ask(server, "/")
    assert status == 200
    # The page loads nothing from elsewhere.
    assert b"http" not in page.replace(b"<!doctype html>", b"").lower()
    status, about = ask(server, "/file")
    assert json.loads(about)["groups"][0] == {"name": "cells", "size": N, "spikes": 5000}
    status, image = ask(server, "/image?group=cells&t0=0&t1=100&n0=0&n1=600&w=10&h=5")
    assert status == 200
    window = Window(0.0, 100.0, 0.0, 600.0, 10, 5)
    assert np.array_equal(np.frombuffer(image, "<u4").reshape(5, 10), counted(path, window))
    for address in (
        "/image?group=none&t0=0&t1=100&n0=0&n1=600&w=10&h=5",
        "/image?group=cells&t0=0&t1=0&n0=0&n1=600&w=10&h=5",
        "/image?group=cells&t0=0&t1=nan&n0=0&n1=600&w=10&h=5",
        "/image?group=cells&t0=0&t1=100&n0=0&n1=600&w=10&h=9999999",
        "/image",
    ):
        assert ask(server, address)[0] == 400, address
    assert ask(server, "/../spikes.h5")[0] == 404
    assert ask(server, "/file", host="elsewhere.example:80")[0] == 403


def test_a_browser_zooms_and_moves(server: int) -> None:
    with browser_page() as page:

        def where() -> tuple[float, float, int, int, int]:
            """The window that the page says, once it has drawn it."""
            page.wait_for_timeout(200)
            numbers = re.findall(r"[\d,.]*\d", page.inner_text("#where"))
            t0, t1, n0, n1, spikes = (float(one.replace(",", "")) for one in numbers)
            return t0, t1, int(n0), int(n1), int(spikes)

        page.goto(f"http://127.0.0.1:{server}/")
        page.wait_for_function("document.getElementById('where').textContent")
        assert page.title() == "spikes.h5"
        assert where() == (0.0, 100.0, 0, N - 1, 5000)
        box = page.locator("#raster").bounding_box()
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(*middle)
        page.mouse.wheel(0, -500)
        t0, t1, n0, n1, spikes = where()
        assert t1 - t0 == pytest.approx(100 / np.e, abs=0.1)
        assert (t0 + t1) / 2 == pytest.approx(50, abs=0.2)
        assert (n0, n1) == (0, N - 1)
        assert spikes < 5000
        page.keyboard.down("Shift")
        page.mouse.wheel(0, -500)
        page.keyboard.up("Shift")
        n0, n1 = where()[2:4]
        assert n1 - n0 == pytest.approx(N / np.e, abs=3)
        page.mouse.down()
        page.mouse.move(middle[0] + box["width"] / 10, middle[1])
        page.mouse.up()
        moved = where()
        assert moved[0] == pytest.approx(t0 - (t1 - t0) / 10, abs=0.2)
        # Something is drawn.
        drawn = (
            "[...document.getElementById('raster').getContext('2d')"
            ".getImageData(0, 0, 500, 300).data].some(value => value > 0)"
        )
        assert page.evaluate(drawn)
        page.dblclick("#raster")
        assert where() == (0.0, 100.0, 0, N - 1, 5000)
        page.select_option("#group", "few")
        assert where()[2:] == (0, 2, 1)


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        view_server(tmp_path / "none.h5")
