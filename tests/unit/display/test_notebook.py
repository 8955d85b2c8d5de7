"""A notebook of a user, computed by a kernel of Jupyter."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser import browser_page

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")

CELLS = [
    """
import distsnn as snn
from distsnn import Hz, ms, pA
""",
    """
cells = snn.NeuronGroup(50, snn.LIF(I_e=400*pA), name="cells")
spikes = snn.SpikeMonitor(cells)
net = snn.Network(cells, spikes, seed=1)
cells
""",
    "net.run(50*ms, progress=True)",
    "cells.V_n = 3",
    "spikes.num_spikes > 0",
]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[list[Any]]:
    book = nbformat.v4.new_notebook()
    book.cells = [nbformat.v4.new_code_cell(text.strip()) for text in CELLS]
    # The second to last has an error on purpose.
    book.cells[3].metadata["tags"] = ["raises-exception"]
    folder = str(tmp_path_factory.mktemp("notebook"))
    client = nbclient.NotebookClient(book, timeout=200, resources={"metadata": {"path": folder}})
    client.execute()
    return [cell.outputs for cell in book.cells]


def test_objects_and_summaries_are_tables(outputs: list[list[Any]]) -> None:
    assert "cells" in outputs[1][-1]["data"]["text/html"]
    summary = outputs[2][-1]["data"]["text/html"]
    assert "<table" in summary


def test_a_run_has_one_widget_of_progress(outputs: list[list[Any]]) -> None:
    shown = [out["data"].get("text/html", "") for out in outputs[2] if "data" in out]
    bars = [text for text in shown if "<progress" in text]
    # One of building, one of the run, each at its end.
    assert len(bars) == 2
    assert 'max="50" value="50"' in bars[1]
    assert not [out for out in outputs[2] if out["output_type"] == "stream" and "\r" in out["text"]]


def test_a_browser_shows_them(outputs: list[list[Any]], tmp_path: Path) -> None:
    data = [out.get("data", {}) for of_cell in outputs for out in of_cell]
    shown = "".join(one["text/html"] for one in data if "text/html" in one)
    (tmp_path / "page.html").write_text(f"<!doctype html><meta charset=utf-8>{shown}", "utf8")
    for width in (1280, 480):
        with browser_page(width) as page:
            page.goto((tmp_path / "page.html").as_uri())
            for table in page.locator("table").all():
                box = table.bounding_box()
                assert box["width"] > 50
                assert box["height"] > 20
            assert page.locator("progress").last.get_attribute("value") == "50"
            assert page.get_by_text("cells").first.is_visible()


def test_an_error_shows_the_line_of_the_user(outputs: list[list[Any]]) -> None:
    (error,) = [out for out in outputs[3] if out["output_type"] == "error"]
    assert "V_n" in error["evalue"]
    trace = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(error["traceback"]))
    assert "cells.V_n = 3" in trace
    assert str(Path("distsnn") / "front") not in trace
    assert outputs[4][-1]["data"]["text/plain"] == "True"
