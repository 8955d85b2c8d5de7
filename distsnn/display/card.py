"""An object in a few rows: a line of text for terminals, a table for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from distsnn.errors import as_written

# A line of a terminal holds so many characters of one row.
_LONGEST = 80


@dataclass(frozen=True)
class Card:
    """The rows that describe an object.

    Attributes
    ----------
    title : str
        Its class, and its name if it has one.
    rows : tuple of (str, str)
        Label and value of each row; rows without value are left out.
    formulas : tuple of str
        Its equations in LaTeX, for notebooks.
    header : tuple of str
        Heads of the columns of `table`.
    table : tuple of tuples of str
        Further rows with several columns, for notebooks.
    """

    title: str
    rows: tuple[tuple[str, str], ...]
    formulas: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()

    def __str__(self) -> str:
        rows = [f"{label} {shortened(as_written(value))}" for label, value in self.rows if value]
        return f"<{self.title}: {', '.join(rows)}>" if rows else f"<{self.title}>"

    @property
    def html(self) -> str:
        """The card as a table of HTML; notebooks typeset its formulas."""
        rows = [
            f"<tr><th {_LEFT}>{escape(label)}</th><td {_LEFT}>{escape(as_written(value))}</td></tr>"
            for label, value in self.rows
            if value
        ]
        parts = [f"<b>{escape(self.title)}</b>", f"<table>{''.join(rows)}</table>"]
        if self.formulas:
            lines = as_written(r" \\ ".join(self.formulas))
            parts.append(f"$$\\begin{{aligned}} {escape(lines, quote=False)} \\end{{aligned}}$$")
        if self.table:
            head = "".join(f"<th {_LEFT}>{escape(name)}</th>" for name in self.header)
            body = "".join(_row(cells) for cells in self.table)
            parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
        return f"<div>{''.join(parts)}</div>"


_LEFT = 'style="text-align: left"'


def _row(cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<td {_LEFT}>{escape(cell)}</td>" for cell in cells) + "</tr>"


def shortened(text: str) -> str:
    """`text` on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."
