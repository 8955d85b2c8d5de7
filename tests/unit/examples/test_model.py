from __future__ import annotations

import sys
from pathlib import Path

import pytest

from distsnn import Network
from distsnn.errors import FileError, ParameterError, UnknownNameError
from distsnn.examples import ModelError, catalog, load

HEAD = "import distsnn as snn\n"


@pytest.fixture(autouse=True)
def _search_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "my_model.py"
    path.write_text(text)
    return path


def test_catalog() -> None:
    models = catalog()
    assert list(models) == ["microcircuit", "brunel", "plastic", "cuba", "coba"]
    for name, model in models.items():
        assert model.name == name
        assert model.description.endswith(").")
        assert set(model.comments) == set(model.parameters), name
        assert {"scale", "dt", "seed"} <= set(model.parameters)


def test_a_file(tmp_path: Path) -> None:
    text = "def network(n=2): return snn.Network(snn.NeuronGroup(n, snn.LIF()))\n"
    model = load(write(tmp_path, HEAD + text))
    assert (model.name, model.duration, model.parameters) == ("my_model", 1000.0, {"n": 2})
    network = model.network(n=5)
    assert isinstance(network, Network)
    assert model.report(network, None) == ""


def test_a_file_imports_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "beside_my_model.py").write_text("N = 3\n")
    model = load(write(tmp_path, "from beside_my_model import N\ndef network(n=N): ...\n"))
    assert model.parameters == {"n": 3}


def test_parameters_are_checked(tmp_path: Path) -> None:
    model = load(write(tmp_path, "def network(size=2, kind='a', most=None): ...\n"))
    with pytest.raises(UnknownNameError, match="valid names are size, "):
        model.check({"sise": 1})
    with pytest.raises(ParameterError, match="size='two'; size is a number"):
        model.check({"size": "two"})
    model.check({"size": 3.5, "kind": "b", "most": 7})
    load(write(tmp_path, "def network(**anything): ...\n")).check({"a": 1})


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("def network():\n    return 1 / 0\n", 2, "ZeroDivisionError: division by zero"),
        ("import math\ndef network():\n    math.sqrt(-1)\n", 3, "ValueError: "),
        (HEAD + "def network():\n    len(3)\n", 3, "TypeError: "),
    ],
)
def test_what_fails_in_network_names_the_line(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ModelError) as raised:
        load(path).network()
    assert str(raised.value).startswith(f"{path}, line {line}: {message}")
    assert (raised.value.line, raised.value.path) == (line, str(path))


def test_what_fails_in_the_package_keeps_its_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load(write(tmp_path, HEAD + "def network():\n    return snn.Network(dt=0.1)\n"))

    def broken(*values: object) -> None:
        raise KeyError("internal")

    monkeypatch.setattr("distsnn.front.network.network.checked_seed", broken)
    with pytest.raises(KeyError, match="internal"):
        model.network()


def test_errors_meant_for_users_pass(tmp_path: Path) -> None:
    model = load(write(tmp_path, HEAD + "def network():\n    snn.LIF(C_m=-1)\n"))
    with pytest.raises(ParameterError, match="C_m"):
        model.network()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = undefined\n", r"my_model.py, line 1: NameError"),
        ("\ndef network(:\n", r"my_model.py, line 2: SyntaxError: "),
        ("x = 1\n", r"has no function network\(\)"),
        ("network = 1\n", r"has no function network\(\)"),
    ],
)
def test_files_that_are_no_models(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        load(write(tmp_path, text))


def test_no_network_is_returned(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"network\(\) returned int; it must return"):
        load(write(tmp_path, "def network(): return 3\n")).network()


def test_a_parameter_without_default_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"TypeError: .*missing.*'n'"):
        load(write(tmp_path, "def network(n): ...\n")).network()


def test_unknown_models(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="valid names are cuba, "):
        load("cubba")
    with pytest.raises(FileError, match="there is no such file"):
        load(tmp_path / "missing.py")
    with pytest.raises(FileError, match="this is a folder"):
        load(tmp_path)
