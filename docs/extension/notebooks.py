"""A hook of mkdocs: every page with Python in it can be downloaded as a notebook."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<kind>\w*)(?: title=\"(?P<title>[^\"]+)\")?\n"
    r"(?P<text>.*?)^(?P=indent)```\n",
    re.MULTILINE | re.DOTALL,
)
# Drawn by the cells themselves, or of no use in a notebook.
_DROPPED = re.compile(r"^!\[[^\]]*\]\([^)]*\)\n|^<!--.*?-->\n", re.MULTILINE | re.DOTALL)
_notebooks: dict[str, str] = {}


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Make the notebook of a page, and name it at the page's end."""
    if not re.search(r"^```python", markdown, re.MULTILINE) or "reference/" in page.url:
        return markdown
    name = f"{Path(page.file.src_uri).stem}.ipynb"
    _notebooks[page.url + name] = json.dumps(notebook_of(markdown), indent=1)
    return f'{markdown}\n\n<a href="{name}" download>Notebook of this page</a>\n'


def on_post_build(config: Any, **_: Any) -> None:
    """Write the notebooks beside their pages."""
    for address, text in _notebooks.items():
        (Path(config["site_dir"]) / address).write_text(text, encoding="utf8")


def notebook_of(markdown: str) -> dict[str, Any]:
    """The cells of a page, as a notebook in the format of Jupyter."""
    cells: list[dict[str, Any]] = []
    end = 0
    for match in _FENCE.finditer(markdown):
        _add_prose(cells, markdown[end : match.start()])
        end, text = match.end(), match["text"].rstrip()
        skipped = "not run:" in markdown[: match.start()].rstrip().rsplit("\n", 1)[-1]
        if match["title"]:
            _add_code(cells, f"%%writefile {match['title']}\n{text}")
        elif match["kind"] == "python":
            _add_code(cells, text)
        elif match["kind"] == "sh" and not skipped:
            _add_code(cells, f"%%bash\n{text}")
        elif match["kind"] == "sh":
            _add_prose(cells, match[0])
    _add_prose(cells, markdown[end:])
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": cells, "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5}


def _add_prose(cells: list[dict[str, Any]], text: str) -> None:
    text = _DROPPED.sub("", text).strip()
    if text:
        cells.append({"cell_type": "markdown", "metadata": {}, "source": text})


def _add_code(cells: list[dict[str, Any]], text: str) -> None:
    cell = {"cell_type": "code", "metadata": {}, "source": text}
    cells.append(cell | {"outputs": [], "execution_count": None})
