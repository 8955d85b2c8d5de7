"""Where progress is shown: a bar on terminals and in notebooks, lines in logs."""

from __future__ import annotations

import html
import os
import sys
import time
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol

from tqdm import tqdm

# Set by a program that shows what ranks print on a terminal of its own.
TERMINAL = "DISTSNN_TERMINAL"
# Seconds before a bar, and between two lines, that nobody has asked for.
_DELAY, _BETWEEN_LINES, _MOST_BETWEEN_LINES = 1.0, 10.0, 60.0
_BETWEEN_UPDATES = 0.1


@dataclass(frozen=True)
class DisplayForm:
    """The work that a display shows, and when.

    Attributes
    ----------
    title, unit : str
        What goes on, and the unit in which it is counted.
    total : float or None
        The count at the end, if it is known.
    asked : bool
        Whether users asked for it. Else only what lasts longer than a second is shown.
    to_stdout : bool
        Whether it is shown on standard output.
    period : float, optional
        Seconds between two updates.
    decimals : int
        Of counts that are shown.
    """

    title: str
    unit: str
    total: float | None
    asked: bool = True
    to_stdout: bool = False
    period: float | None = None
    decimals: int = 0

    def line(self, done: float, said: str) -> str:
        """How far it has come, and a remark, in one line."""
        digits = self.decimals
        whole = "" if self.total is None else f" of {self.total:,.{digits}f}"
        share = f" ({done / self.total:.0%})" if self.total else ""
        counted = f"{self.title} {done:,.{digits}f}{whole} {self.unit}{share}".lstrip()
        return f"{counted}, {said}" if said else counted


class Drawing(Protocol):
    """A place that shows how far a piece of work has come."""

    def draw(self, done: float, said: str) -> None:
        """Show that `done` of the total is done, and a remark."""

    def close(self) -> None:
        """Leave what is shown last."""


class Display:
    """Shows progress from time to time, where standard error, or output, goes to.

    Parameters
    ----------
    form : DisplayForm
    """

    def __init__(self, form: DisplayForm) -> None:
        stream = sys.stdout if form.to_stdout else sys.stderr
        self._form, self._shown = form, False
        self._begin = perf_counter()
        self._drawing: Drawing
        if _in_notebook():
            self._drawing = _NotebookBar(form)
        elif stream.isatty() or os.environ.get(TERMINAL) == "1":
            self._drawing = _TerminalBar(form, stream)
        else:
            self._drawing = _LogLines(form, stream)
        self._is_log = isinstance(self._drawing, _LogLines)
        first = 0.0 if form.asked else _DELAY
        self._next = self._begin + (self._period() if self._is_log else first)

    def due(self) -> bool:
        """Whether it is time to show something."""
        return perf_counter() >= self._next

    def show(self, done: float, said: str = "") -> None:
        """Show that `done` of the total is done, and a remark."""
        self._shown = True
        self._drawing.draw(done, said)
        self._next = perf_counter() + self._period()

    @property
    def is_seen(self) -> bool:
        """Whether anything is to be seen."""
        return self._shown or self._form.asked

    def close(self, done: float, said: str = "") -> None:
        """Leave the end, if anything was to be seen."""
        if self.is_seen:
            self._drawing.draw(done, said)
        self._drawing.close()

    def _period(self) -> float:
        if self._form.period is not None:
            return self._form.period
        lines = min(_MOST_BETWEEN_LINES, max(_BETWEEN_LINES, (perf_counter() - self._begin) / 6))
        return lines if self._is_log else _BETWEEN_UPDATES


def _in_notebook() -> bool:
    """Whether this process computes the cells of a notebook."""
    shell = sys.modules.get("IPython")
    return shell is not None and hasattr(shell.get_ipython(), "kernel")


class _TerminalBar:
    def __init__(self, form: DisplayForm, stream: Any) -> None:
        self._form, self._stream, self._begin = form, stream, time.time()
        self._bar: tqdm[Any] | None = None

    def draw(self, done: float, said: str) -> None:
        if self._bar is None:
            whole = "" if self._form.total is None else f"/{{total:,.{self._form.decimals}f}}"
            counts = f"{{n:,.{self._form.decimals}f}}{whole} {{unit}}"
            self._bar = tqdm(
                total=self._form.total,
                unit=self._form.unit,
                desc=self._form.title or None,
                file=self._stream,
                mininterval=0.0,
                leave=self._form.asked,
                bar_format="{l_bar}{bar}| " + counts + " [{elapsed}<{remaining}{postfix}]",
            )
            self._bar.start_t = self._begin
        self._bar.set_postfix_str(said, refresh=False)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


class _NotebookBar:
    """A bar in HTML, which needs no package beside IPython."""

    def __init__(self, form: DisplayForm) -> None:
        self._form = form
        self._handle: Any = None

    def draw(self, done: float, said: str) -> None:
        # What computes the notebook has imported it.
        shows = sys.modules["IPython.display"]
        known = "" if self._form.total is None else f' max="{self._form.total:g}" value="{done:g}"'
        text = html.escape(self._form.line(done, said))
        shown = shows.HTML(f'<progress style="width: 20em"{known}></progress> {text}')
        if self._handle is None:
            self._handle = shows.display(shown, display_id=True)
        else:
            self._handle.update(shown)

    def close(self) -> None:
        """The last drawing stays."""


class _LogLines:
    """Lines without characters that move the cursor."""

    def __init__(self, form: DisplayForm, stream: Any) -> None:
        self._form, self._stream = form, stream

    def draw(self, done: float, said: str) -> None:
        self._stream.write(f"{self._form.line(done, said)}\n")
        self._stream.flush()

    def close(self) -> None:
        """Lines need no end."""
