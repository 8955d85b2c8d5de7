"""The guide: every block of its pages runs, and the site is built with all its links."""

from __future__ import annotations

import doctest
import html.parser
import importlib.util
import inspect
import itertools
import os
import re
import shlex
import subprocess
import sys
import tomllib
import urllib.parse
from pathlib import Path

import pytest
import typer

import distsnn
from distsnn.cli import app
from tests.browser import browser_page, served
from tests.documents import blocks_of, run_pages

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
BLOCKS = {page: blocks_of(page) for page in PAGES}
RUN = [page for page, blocks in BLOCKS.items() if any(block.runs for block in blocks)]
COMMANDS = typer.main.get_command(app).commands
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"][
    "optional-dependencies"
]
_OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def name_of(page: Path) -> str:
    return str(page.relative_to(DOCS))


# Pages that share a process cost much less than one process for each.
SHARED = [page for page in RUN if page.parent.name != "gallery"]
if importlib.util.find_spec("elephant") is None:
    # Like other extras of the tests, it may be missing.
    SHARED.remove(DOCS / "tasks" / "neo-elephant-pandas.md")


@pytest.mark.parametrize("part", range(4))
def test_blocks_run_and_print_what_is_said(part: int, tmp_path: Path) -> None:
    check_pages(SHARED[part::4], tmp_path)


@pytest.mark.long
@pytest.mark.parametrize(
    "page", [page for page in RUN if page.parent.name == "gallery"], ids=name_of
)
def test_examples_of_the_gallery_run(page: Path, tmp_path: Path) -> None:
    check_pages([page], tmp_path)


def test_the_gallery_shows_every_page_with_picture_and_time() -> None:
    text = (DOCS / "gallery" / "index.md").read_text(encoding="utf8")
    shown = re.findall(r"^\[!\[(.+)\]\((.*)images/(.+)\.png\)\]\(\2\3\.md\)$", text, re.MULTILINE)
    names = [name for _, _, name in shown]
    assert len(names) == len(set(names)) >= 30
    assert {page.stem for page in (DOCS / "gallery").glob("*.md")} - {"index"} <= set(names)
    for title, folder, name in shown:
        assert f"[{title}]({folder}{name}.md), " in text
        page = (DOCS / "gallery" / folder / f"{name}.md").read_text(encoding="utf8")
        assert page.startswith(f"# {title}\n"), name
    assert len(re.findall(r"\.md\), \d+ s$", text, re.MULTILINE)) == len(names)


def check_pages(pages: list[Path], tmp_path: Path) -> None:
    folders = {tmp_path / page.stem: BLOCKS[page] for page in pages}
    for folder in folders:
        folder.mkdir()
    for page, (folder, blocks), done in zip(
        pages, folders.items(), run_pages(folders), strict=True
    ):
        assert not done.error, done.error
        for before, block in itertools.pairwise(blocks):
            if block.kind == "text" and block.follows and before.runs:
                got = done.printed[before.place]
                matches = doctest.OutputChecker().check_output(block.text, got, _OPTIONS)
                assert matches, f"{block.place}: expected\n{block.text}\ngot\n{got}"
        for picture in re.findall(r"\]\(images/([\w.-]+)\)", page.read_text(encoding="utf8")):
            assert (page.parent / "images" / picture).stat().st_size < 100_000
            assert (folder / picture).exists(), f"no block of {page.name} draws {picture}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_blocks_are_of_known_kinds(page: Path) -> None:
    for number, block in enumerate(BLOCKS[page]):
        assert block.kind in {"python", "sh", "text"}, f"{block.place}: {block.kind!r}"
        assert block.reason is None or block.kind == "sh", f"{block.place} is not run"
        if block.title is not None:
            later = [b.text for b in BLOCKS[page][number + 1 :]]
            assert any(block.title in text for text in later), f"{block.place} is not used"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_shell_is_correct_and_names_what_there_is(page: Path) -> None:
    shell = [block for block in BLOCKS[page] if block.kind == "sh"]
    for block in shell:
        command = ["bash", "-n", "-c", block.text]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{block.place}: {done.stderr}"
    text = page.read_text(encoding="utf8")
    inline = re.findall(r"(?<!`)`(distsnn [^`]+)`", text)
    for line in [*inline, *(line for block in shell for line in block.text.splitlines())]:
        check_command(line, page)
    for extras in re.findall(r"(?:distsnn|\.)\[([\w,]+)\]", text):
        assert set(extras.split(",")) <= set(EXTRAS), f"{page.name}: [{extras}]"
    for script in re.findall(r"jobs/(\w+\.sh)", text):
        assert (ROOT / "jobs" / script).exists(), f"{page.name}: jobs/{script}"


def check_command(line: str, page: Path) -> None:
    """Commands and options of distsnn in a line are those it has."""
    words = re.split(r"\bdistsnn(?: |$)", line.replace("\\\n", " "))[1:]
    for part in words:
        name, *rest = [word.rstrip(",;") for word in shlex.split(part, comments=True)] or [""]
        if name not in COMMANDS:
            continue
        known = {option for one in COMMANDS[name].params for option in one.opts}
        known |= {option for one in COMMANDS[name].params for option in one.secondary_opts}
        options = {word.split("=")[0] for word in rest if re.match("--?[a-z]", word)}
        assert options <= known | {"-h", "--help"}, f"{page.name}: {line}"


class Links(html.parser.HTMLParser):
    """Addresses and anchors of a page of the site."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.anchors: set[str] = set()
        self.feed(page.read_text(encoding="utf8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"href", "src"} and value is not None:
                self.found.append((tag, value))
            if name == "id" and value is not None:
                self.anchors.add(value)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Links]:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        # Else its theme speaks of the future of others.
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {page: Links(page) for page in folder.rglob("*.html")}


def test_pages_are_notebooks_too(site: dict[Path, Links]) -> None:
    nbformat = pytest.importorskip("nbformat")
    folder = min(site, key=lambda page: len(page.parts)).parent
    notebooks = {path.stem: nbformat.read(path, as_version=4) for path in folder.rglob("*.ipynb")}
    python = [page for page in PAGES if any(block.kind == "python" for block in BLOCKS[page])]
    assert {page.stem for page in python if page.parent.name != "reference"} <= set(notebooks)
    for name, notebook in notebooks.items():
        nbformat.validate(notebook)
        assert any(cell.cell_type == "code" for cell in notebook.cells), name
    code = [cell.source for cell in notebooks["first-network"].cells if cell.cell_type == "code"]
    blocks = [b for b in BLOCKS[DOCS / "first-network.md"] if b.runs or b.title]
    assert [text.split("\n", 1)[1] if text.startswith("%%") else text for text in code] == [
        block.text.rstrip() for block in blocks
    ]


@pytest.mark.long
def test_the_notebook_of_the_first_network_runs(site: dict[Path, Links], tmp_path: Path) -> None:
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    folder = min(site, key=lambda page: len(page.parts)).parent
    notebook = nbformat.read(folder / "first-network" / "first-network.ipynb", as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=300, resources=resources).execute()
    assert (tmp_path / "first-network.png").exists()


def test_links_of_the_site_lead_somewhere(site: dict[Path, Links]) -> None:
    assert len(site) > len(PAGES)
    for page, links in site.items():
        if page.name == "404.html":
            continue
        assert "][distsnn." not in page.read_text(encoding="utf8"), f"{page}: a name without link"
        for tag, address in links.found:
            parts = urllib.parse.urlsplit(address)
            if parts.scheme:
                # Readers follow it if they want; a page loads nothing.
                assert tag == "a", f"{page.name} loads {address}"
                continue
            target = (page.parent / urllib.parse.unquote(parts.path)).resolve()
            target = page if not parts.path else target
            target = target / "index.html" if target.is_dir() else target
            assert target.exists(), f"{page}: {address}"
            if parts.fragment and target.suffix == ".html":
                assert parts.fragment in site[target].anchors, f"{page}: {address}"


@pytest.mark.long
def test_the_search_of_the_site_finds_the_tasks(site: dict[Path, Links]) -> None:
    folder = min(site, key=lambda page: len(page.parts)).parent
    wanted = {
        "dead time": "Poisson with dead time", "spectrum": "Spectrum of the population rate",
        "gap junctions": "Gap junctions", "parameter sweep": "Parameter sweep",
        "Vogels": "Vogels inhibition", "Elephant": "Neo, Elephant and pandas",
        "provenance": "Recording",
    }  # fmt: skip
    with served(folder) as address, browser_page() as page:
        for asked, title in wanted.items():
            page.goto(address)
            page.click("input.md-search__input")
            page.keyboard.type(asked)
            found = page.locator(".md-search-result__item").filter(has_text=title)
            found.first.wait_for(timeout=20_000)
    # Nothing is wider than the screen of a phone, but what scrolls by itself.
    with served(folder) as address, browser_page(400) as page:
        for name in ("recording", "tasks/parameter-sweep", "gallery", "troubleshooting"):
            page.goto(f"{address}{name}/")
            assert page.evaluate("document.documentElement.scrollWidth") <= 400, name


def test_every_public_name_stands_in_the_reference(site: dict[Path, Links]) -> None:
    reference = [page for page in site if "reference" in page.parts]
    described = {anchor for page in reference for anchor in site[page].anchors}
    text = "".join(page.read_text(encoding="utf8") for page in reference)
    # Units and names that only raise stand in lists.
    listed = set(re.findall(r"<code>(?:distsnn\.)?(\w+)</code>", text))
    for name in distsnn.__all__:
        one = getattr(distsnn, name)
        own = inspect.isclass(one) or inspect.isfunction(one)
        assert f"distsnn.{name}" in described or (name in listed and not own), name


def test_docstrings_are_readable(site: dict[Path, Links]) -> None:
    text = next(page.read_text(encoding="utf8") for page in site if page.parent.name == "synapses")
    assert ":math:" not in text
    assert ".. math::" not in text
    assert text.count("<math") >= 30
    assert "<td><code>guetig</code></td>" in text
    # Constants are shown by their values, and each of several parameters has its own default.
    assert "ADDITIVE" not in text
    w_max = text[text.index('id="distsnn.STDP"') :].partition("<code>w_max</code>")[2]
    assert "inf" in w_max[: w_max.index("<p>")]


def test_examples_in_docstrings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner(optionflags=_OPTIONS)
    for one in (getattr(distsnn, name) for name in distsnn.__all__):
        if inspect.isclass(one) or inspect.isfunction(one):
            for test in finder.find(one, globs={}):
                distsnn.start_scope()
                runner.run(test)
    assert runner.tries > 10
    assert runner.failures == 0
