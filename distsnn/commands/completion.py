"""Completion in shells: names of models, beside files."""

from __future__ import annotations

from pathlib import Path

from distsnn.examples import catalog, scripts


def models(incomplete: str) -> list[str]:
    """Examples, folders and Python files that begin so.

    Parameters
    ----------
    incomplete : str
        What has been typed.
    """
    examples = [name for name in sorted({*catalog(), *scripts()}) if name.startswith(incomplete)]
    typed = Path(incomplete)
    folder = typed if incomplete.endswith("/") else typed.parent
    try:
        inside = sorted(folder.iterdir())
    except OSError:
        inside = []
    before = "./" if incomplete.startswith("./") else ""
    files = [f"{before}{path}/" if path.is_dir() else f"{before}{path}" for path in inside]
    return examples + [
        name for name in files if name.startswith(incomplete) and name.endswith(("/", ".py"))
    ]
