"""Errors of what a run calls: its steps end as after a signal, and then all ranks raise."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from distsnn.errors import DistsnnError, RankError
from distsnn.exchange import World
from distsnn.run.readers import Recorder, SpikeReader

ReportCall = Callable[[float, float, float, float], object]


@dataclass(frozen=True)
class Failure:
    """An error that ended a run, the same on all ranks.

    Attributes
    ----------
    rank : int
    said : str
    of_file : bool
        Whether a file failed, so that recordings cannot go on.
    """

    rank: int
    said: str
    of_file: bool


class RunErrors:
    """The first error on this rank of what is called between two steps.

    The run goes on to the end of the interval on all ranks, without what has failed.

    Parameters
    ----------
    stop : callable
        Makes all ranks end the run soon.
    report : callable
        Told True before, and False after the function of the user is called.

    Attributes
    ----------
    error : BaseException or None
        That of this rank.
    of_file : bool
        Whether it is that of a file.
    """

    def __init__(self, stop: Callable[[], None], report: Callable[[bool], None]) -> None:
        self._stop, self._report = stop, report
        self._failed: set[int] = set()
        self.error: BaseException | None = None
        self.of_file = False

    def report(self, call: ReportCall | None) -> ReportCall | None:
        """A function of the user that may fail; meanwhile nothing can be read or set."""
        if call is None:
            return None

        def guarded(*progress: float) -> None:
            if self.error is not None:
                return
            self._report(True)
            try:
                call(*progress)
            except BaseException as error:  # noqa: BLE001 - raised at the end of the run
                self.note(error)
            finally:
                self._report(False)

        return guarded

    def reader(self, reader: SpikeReader) -> SpikeReader:
        """A reader of spikes that may fail."""
        return _Reader(self, reader)

    def recorder(self, recorder: Recorder) -> Recorder:
        """A recorder that may fail."""
        return _Recorder(self, recorder)

    def note_file(self, error: DistsnnError) -> None:
        """Note the error of a file; one that concerns several ranks is raised on all of them."""
        self.of_file = True
        self.note(error)

    def call(self, target: Any, function: Callable[..., None], *arguments: Any) -> None:
        """Let a file take something, unless it has failed."""
        if id(target) in self._failed:
            return
        try:
            function(*arguments)
        except DistsnnError as error:
            self._failed.add(id(target))
            self.note_file(error)

    def agreed(self, world: World) -> Failure | None:
        """The error of the lowest rank that has one; None if there is none. Collective."""
        error, said = self.error, ""
        if error is not None:
            said = str(error) if isinstance(error, DistsnnError) else _last_line(error)
        of_ranks = world.allgather_object((said, self.of_file))
        failed = [rank for rank, (text, _) in enumerate(of_ranks) if text]
        if not failed:
            return None
        return Failure(failed[0], of_ranks[failed[0]][0], any(of for _, of in of_ranks))

    def raise_again(self, failure: Failure) -> NoReturn:
        """Raise the error of this rank, or that of another one."""
        if self.error is not None:
            raise self.error
        what = f"rank {failure.rank} failed: {failure.said}"
        raise RankError("run", what, rank=failure.rank, message=failure.said, trace="")

    def note(self, error: BaseException) -> None:
        """Note an error, and let the run end."""
        if self.error is None:
            self.error = error
        self._stop()


def _last_line(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(error)).strip()


class _Reader:
    def __init__(self, errors: RunErrors, reader: SpikeReader) -> None:
        self._errors, self._reader = errors, reader

    def read_spikes(self, step: np.ndarray, gid: np.ndarray) -> None:
        self._errors.call(self._reader, self._reader.read_spikes, step, gid)


class _Recorder:
    def __init__(self, errors: RunErrors, recorder: Recorder) -> None:
        self._errors, self._recorder = errors, recorder
        self.probe, self.most_steps = recorder.probe, recorder.most_steps

    def take(self, samples: np.ndarray) -> None:
        self._errors.call(self._recorder, self._recorder.take, samples)

    def flush(self) -> None:
        self._errors.call(self._recorder, self._recorder.flush)
