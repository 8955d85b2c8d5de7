"""A model file that ends the program by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from distsnn.beginning import Stopped
from distsnn.examples import ModelError, load


def test_a_model_that_exits_is_an_error_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "model.py"
    file.write_text("import sys\n\n\ndef network():\n    sys.exit()\n")
    with pytest.raises(ModelError, match=r"line 5: the file ends the program \(sys.exit\(\)\)"):
        load(file).network()
    file.write_text("import sys\n\nsys.exit(3)\n")
    with pytest.raises(ModelError, match=r"line 3: .*sys.exit\(3\)"):
        load(file)


def test_what_a_signal_ends_stays_ended(tmp_path: Path) -> None:
    file = tmp_path / "model.py"
    file.write_text(
        "from distsnn.beginning import Stopped\n\n\ndef network():\n    raise Stopped(75)\n"
    )
    with pytest.raises(Stopped):
        load(file).network()
