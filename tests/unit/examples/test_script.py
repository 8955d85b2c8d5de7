"""Example scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from distsnn import cli
from distsnn.errors import UnknownNameError
from distsnn.examples import ModelError, Script, catalog, load, scripts


def test_scripts() -> None:
    found = scripts()
    assert set(found) == {
        path.stem for path in found["synapses_stdp"].path.parent.glob("synapses_*.py")
    }
    assert not set(found) & set(catalog())
    for name, script in found.items():
        assert script.name == name
        assert 20 < len(script.description) < 90
        assert script.description.endswith(".")


@pytest.mark.parametrize("name", ["synapses_weights", "synapses_connectivity"])
def test_a_picture(name: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / "picture.png"
    scripts()[name].run(picture)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_errors_name_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "broken.py"
    path.write_text("a = 1\nb = a / 0\n")
    monkeypatch.setattr(Script, "path", path)
    with pytest.raises(ModelError, match=r"broken.py, line 2: ZeroDivisionError"):
        Script("broken").run()


def test_misspelt_names() -> None:
    with pytest.raises(UnknownNameError, match="valid names are synapses_delays, "):
        load("synapses_delay")


@pytest.mark.parametrize("option", [["--time", "3"], ["--seed", "1"], ["--record", "a.h5"]])
def test_options_of_models(option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", "synapses_weights", *option])
    assert ended.value.code == 2
    assert "synapses_weights is a script" in capsys.readouterr().err


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for arguments, said in (
        (["examples"], "synapses_delays        Delays: each synapse has its own"),
        (["examples", "synapses_delays"], "run:  distsnn run synapses_delays --plot picture.png"),
        (["run", "synapses_distance", "--plot", str(tmp_path / "a.png")], "written: "),
    ):
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        assert ended.value.code == 0
        assert said in capsys.readouterr().out
