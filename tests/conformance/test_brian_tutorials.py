"""The tutorials of Brian 2 run as they stand, with the import line changed.

DISTSNN_BRIAN_TUTORIALS names the folder ``tutorials`` of Brian's repository. Each cell is run in
the order of the notebook and its figures are drawn. Cells that show errors are listed here.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

FOLDER = os.environ.get("DISTSNN_BRIAN_TUTORIALS", "")
# Cells, counted from 1, that raise, and a word of their message.
REFUSED: dict[str, dict[int, str]] = {
    # Brian's own examples of a sum and of an equation with wrong units.
    "1-intro-to-brian-neurons": {8: "same unit", 11: "same unit"},
    "2-intro-to-brian-synapses": {},
    "3-intro-to-brian-simulations": {},
}

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not FOLDER, reason="DISTSNN_BRIAN_TUTORIALS is not set"),
]


def cells_of(notebook: Path) -> list[str]:
    """Source of the code cells of a notebook, without what only notebooks understand."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    found = []
    for cell in cells:
        if cell["cell_type"] == "code":
            lines = [li for li in "".join(cell["source"]).split("\n") if not li.startswith("%")]
            text = "\n".join(lines)
            found.append(text.replace("from brian2 import *", "from distsnn.brian import *"))
    return found


@pytest.mark.parametrize("name", REFUSED)
def test_every_cell_runs(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("Agg")
    monkeypatch.chdir(tmp_path)
    for picture in Path(FOLDER).glob("*.png"):
        shutil.copy(picture, tmp_path)
    cells = cells_of(Path(FOLDER) / f"{name}.ipynb")
    assert len(cells) >= 15
    names: dict[str, Any] = {"__name__": "__main__"}
    failed: dict[int, str] = {}
    for number, text in enumerate(cells, 1):
        try:
            exec(compile(text, f"cell {number}", "exec"), names)
            for figure in plt.get_fignums():
                plt.figure(figure).canvas.draw()
        except Exception as error:  # noqa: BLE001 - whatever a cell raises
            failed[number] = str(error)
        plt.close("all")
    expected = REFUSED[name]
    assert failed.keys() == expected.keys(), failed
    assert all(expected[number] in message for number, message in failed.items()), failed
