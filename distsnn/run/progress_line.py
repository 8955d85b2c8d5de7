"""The line that says how far a run has come, written and read."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = r"[\d,]*\.?\d+"
_LINE = re.compile(
    rf"({_NUMBER}) of ({_NUMBER}) ms \(\d+%\), ({_NUMBER}) s per s, ({_NUMBER}) spikes, "
    rf"({_NUMBER}) MB(?:, waiting ([^,\r\n]+))?(?:, ends at ([^\r\n]+))?"
)


@dataclass(frozen=True)
class ProgressLine:
    """How far a run has come.

    Attributes
    ----------
    done, total : float
        Biological time (ms).
    factor : float
        Wall time for a second of biological time (s).
    spikes : int
        Spikes of all neurons in this run.
    megabytes : float
        Memory of all ranks.
    waiting : str
        The part of the time that each rank has waited for others; empty for one rank.
    ends : str
        When the run will end, or empty.
    """

    done: float
    total: float
    factor: float
    spikes: int
    megabytes: float
    waiting: str = ""
    ends: str = ""

    @property
    def remark(self) -> str:
        """The text behind the biological time."""
        said = f"{self.factor:.2f} s per s, {self.spikes:,} spikes, {self.megabytes:,.0f} MB"
        said += f", waiting {self.waiting}" if self.waiting else ""
        return said + (f", ends at {self.ends}" if self.ends else "")

    @classmethod
    def last_in(cls, text: str) -> tuple[ProgressLine, str] | None:
        """The last such line of a log, and the text behind it."""
        found = list(_LINE.finditer(text))
        if not found:
            return None
        numbers = [float(number.replace(",", "")) for number in found[-1].groups()[:5]]
        done, total, factor, spikes, megabytes = numbers
        waiting, ends = found[-1].groups()[5:]
        line = cls(done, total, factor, int(spikes), megabytes, waiting or "", ends or "")
        return line, text[found[-1].end() :]
