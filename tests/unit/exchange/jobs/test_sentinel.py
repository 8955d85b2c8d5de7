from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from distsnn.exchange import SerialWorld
from distsnn.exchange.jobs import sentinel


def test_a_folder_whose_name_is_too_long_for_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 120)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    assert sentinel._begin(SerialWorld(), []) == (None, None)
    assert os.listdir(long) == []
