"""The rules of the house. They run before all other tests."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "distsnn"
FILES = sorted(PACKAGE.rglob("*.py"))
SOURCES = FILES + sorted(ROOT.glob("tests/**/*.py")) + sorted(ROOT.glob("benchmarks/**/*.py"))

MOST_LINES = 500
MOST_LINES_OF_FUNCTION = 60
MOST_FILES = 15
# Optional at run time: matplotlib is an extra, MPI libraries may be missing. Only equations need
# sympy, whose import takes a quarter of the time of all.
MAY_BE_IMPORTED_LATE = {"matplotlib", "mpi4py", "sympy"}
# Beside the package's root there are only those who use it as a user does.
MAY_IMPORT_ROOT = {"brian", "cli.py", "examples", "pynn", "__main__.py"}
# Of messages in shared memory, copies of variables, blocks of neurons, locks and partial files.
PRIVATE_WORDS = {
    "circle",
    "claim",
    "facts",
    "journal",
    "mail",
    "meeting",
    "meetings",
    "patience",
    "piece",
    "pieces",
    "shot",
    "shots",
    "snapshot",
    "snapshots",
    "strata",
    "stratum",
    "stretch",
    "sweep",
    "sweeps",
    "swept",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def trees() -> dict[Path, ast.Module]:
    """The files of the package, parsed when the first test asks, not while tests are collected."""
    return {path: ast.parse(path.read_text(encoding="utf8"), str(path)) for path in FILES}


def call(*command: str) -> None:
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=500
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []


def functions(tree: ast.AST) -> list[Function]:
    return [node for node in ast.walk(tree) if isinstance(node, Function)]


def n_lines(function: Function) -> int:
    """Lines of code of a function, without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_rooms() -> None:
    call(str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo")


def test_style() -> None:
    call(sys.executable, "-m", "ruff", "check", "--no-cache", "--quiet", ".")


def test_format() -> None:
    call(sys.executable, "-m", "ruff", "format", "--check", "--no-cache", "--quiet", ".")


def test_types() -> None:
    call(sys.executable, "-m", "mypy")


def test_files_are_short() -> None:
    long = [path for path in SOURCES if len(path.read_text("utf8").splitlines()) > MOST_LINES]
    assert not long


def test_functions_are_short() -> None:
    too_long = [
        f"{name_of(path)}:{function.lineno} {function.name} has {n_lines(function)} lines"
        for path, tree in trees().items()
        if "kernels" not in path.parts
        for function in functions(tree)
        if n_lines(function) > MOST_LINES_OF_FUNCTION
    ]
    assert not too_long, "\n".join(too_long)


def test_only_what_may_be_left_out_is_imported_inside_functions() -> None:
    found = {
        f"{name_of(path)}:{node.lineno} imports {name}"
        for path, tree in trees().items()
        for function in functions(tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in imported(node)
        if name.split(".")[0] not in MAY_BE_IMPORTED_LATE
    }
    assert not found, "\n".join(sorted(found))


def test_rooms_do_not_import_the_whole_package() -> None:
    found = [
        name_of(path)
        for path, tree in trees().items()
        if path.relative_to(PACKAGE).parts[0] not in MAY_IMPORT_ROOT
        if any("distsnn" in imported(node) for node in ast.walk(tree))
    ]
    assert not found


def test_every_imported_package_is_a_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]
    extras = project["optional-dependencies"]
    declared = [*project["dependencies"], *extras["plot"], *extras["pynn"]]
    known = {re.split("[<>=!~ ;]", line)[0] for line in declared} | {"distsnn"}
    # numba declares llvmlite, the two are released together.
    known |= {"llvmlite"} | set(sys.stdlib_module_names)
    found = {
        name.split(".")[0].lower()
        for tree in trees().values()
        for node in ast.walk(tree)
        for name in imported(node)
    }
    assert found <= known


def test_every_folder_is_a_package() -> None:
    assert not [path for path in FILES if not (path.parent / "__init__.py").exists()]


def test_every_ignore_gives_its_reason() -> None:
    # On the same line, after the codes, or in a comment above. The patterns are built from
    # parts, so that this file does not find itself.
    ignore = re.compile("# (no" + "qa|type: " + "ignore)")
    with_reason = re.compile("# (no" + "qa|type: " + r"ignore)\S*( [A-Z]+\d+,?)* +(- |# )")
    found = []
    for path in SOURCES:
        above = ""
        for number, line in enumerate(path.read_text(encoding="utf8").splitlines(), 1):
            said = with_reason.search(line) or above.strip().startswith("#")
            if ignore.search(line) and not said:
                found.append(f"{name_of(path)}:{number} {line.strip()}")
            above = line
    assert not found, "\n".join(found)


def test_names_say_what_things_do() -> None:
    vague = ("utils", "util", "helpers", "manager", "misc", "common")
    assert not [name_of(path) for path in FILES if path.stem in vague]


def test_no_two_files_have_the_same_name() -> None:
    n_files = Counter(path.name for path in FILES if path.stem != "__init__")
    assert not [name for name, n in n_files.items() if n > 1]


def test_no_folder_has_too_many_files() -> None:
    n_files = Counter(name_of(path.parent) for path in FILES if path.stem != "__init__")
    assert not [folder for folder, n in n_files.items() if n > MOST_FILES]


def test_names_are_the_terms_of_the_field() -> None:
    """Words that the code had for what the field has a term for (docs/development/glossary.md)."""
    named = [(path, path.stem) for path in FILES]
    named += [
        (path, node.name)
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef | Function)
    ]
    found = [
        f"{name_of(path)}: {name}"
        for path, name in named
        if PRIVATE_WORDS & set(re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_"))
    ]
    assert not found, "\n".join(found)


def test_docstrings_begin_with_a_noun() -> None:
    found = [
        f"{name_of(path)}: {docstring.splitlines()[0]}"
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | Function)
        if (docstring := ast.get_docstring(node) or "").startswith("What ")
    ]
    assert not found, "\n".join(found)


def test_import_needs_neither_mpi_nor_matplotlib() -> None:
    code = (
        "import sys; import distsnn; "
        "print(*sorted({'mpi4py.MPI', 'matplotlib', 'brian2'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "\n"
