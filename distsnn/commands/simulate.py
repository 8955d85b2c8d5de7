"""Making the network of a model, and running it once."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typer

import distsnn.plot as pictures
from distsnn.beginning import beginning
from distsnn.commands.model_files import digests_of
from distsnn.describe.checks.paths import checked_path
from distsnn.describe.recording_file import RecordingFile
from distsnn.errors import FileError
from distsnn.examples import CircuitModel, Model, catalog, load
from distsnn.exchange import World, raising_together
from distsnn.front.network.trials.trial_paths import files_of
from distsnn.record.edge_file import holds_network
from distsnn.record.files.partial_file import WEIGHTS, refuse_existing
from distsnn.record.metadata import rate_table
from distsnn.record.output_paths import check_apart
from distsnn.record.spikes.spike_reader import SpikeFile
from distsnn.run.summary import RunSummary


@dataclass(frozen=True)
class Files:
    """The files that a run writes."""

    record: Path | None = None
    checkpoint: Path | None = None
    plot: Path | None = None
    overwrite: bool = False
    weights: Path | None = None
    compression: str | None = None
    profile: Path | None = None

    def __post_init__(self) -> None:
        for name in ("record", "checkpoint", "plot", "weights", "profile"):
            path = getattr(self, name)
            if path is not None:
                checked_path("run", f"--{name}", str(path))

    def stored(self, path: Path) -> RecordingFile:
        """A recording with its options."""
        return RecordingFile(path, self.compression)

    @property
    def purposes(self) -> dict[str, Path | None]:
        """The purpose of each file."""
        return {
            "the spikes": self.record,
            "the weights": self.weights,
            "the checkpoint": self.checkpoint,
            "the picture": self.plot,
            "the profile": self.profile,
        }

    @property
    def written(self) -> list[Path]:
        """All of them, in the order of their importance."""
        files = (self.record, self.weights, self.checkpoint, self.plot, self.profile)
        return [file for file in files if file is not None]

    def labeled(self, label: str) -> Files:
        """The same for one run of several: ``spikes.h5`` becomes ``spikes-seed=3.h5``."""

        def named(path: Path | None) -> Path | None:
            return None if path is None else path.with_name(f"{path.stem}-{label}{path.suffix}")

        return replace(
            self,
            record=named(self.record),
            checkpoint=named(self.checkpoint),
            plot=named(self.plot),
            weights=named(self.weights),
            profile=named(self.profile),
        )


def origin_of(
    model: str,
    settings: Mapping[str, Any],
    seed: int | None,
    end: float | None,
    files: Files,
    every: float | None = None,
) -> dict[str, Any]:
    """The origin of a network, as plain values that checkpoints keep.

    Parameters
    ----------
    model : str
        Name of an example, or a path.
    settings : mapping of str to object
        Parameters of its function.
    seed : int or None
    end : float or None, ms
        Time to reach; by default the model's own.
    every : float or None, ms
        Time between checkpoints.
    """
    return {
        "model": model if model in catalog() else os.path.abspath(model),
        "settings": dict(settings),
        "seed": seed,
        "end": end,
        "record": absolute(files.record),
        "weights": absolute(files.weights),
        "compression": files.compression,
        "plot": absolute(files.plot),
        "every": every,
    }


def absolute(path: Path | None) -> str | None:
    """A path that stays the same where the working folder is another; None for none."""
    return None if path is None else os.path.abspath(path)


def with_output(model: str, settings: Mapping[str, Any], files: Files) -> Files:
    """The files that a run writes: what a configuration names, unless others are given."""
    if not model.endswith(".json") or files.record is not None:
        return files
    loaded = load(model)
    assert isinstance(loaded, CircuitModel)
    output = loaded.output(settings)
    if output.recording is None:
        return files
    overwrite = files.overwrite or output.overwrite
    return replace(files, record=Path(output.recording.name), overwrite=overwrite)


def made(model: str, origin: dict[str, Any]) -> tuple[Model | CircuitModel, Any]:
    """A model and its network, which remembers how it was made (see `origin_of`)."""
    beginning.begin_anew()
    loaded = load(model)
    parameters, seed = dict(origin["settings"]), origin["seed"]
    if seed is not None and "seed" in loaded.parameters:
        parameters["seed"] = seed
    elif "seed" in parameters and not loaded.takes("seed"):
        # A model needs no parameter for what every network has.
        seed = parameters.pop("seed")
    network = loaded.network(**parameters)
    if seed is not None:
        network.seed = seed
    end = loaded.duration if origin["end"] is None else origin["end"]
    network.origin = origin | {"end": end, "files": digests_of(loaded)}
    return loaded, network


def simulate(
    world: World,
    loaded: Model | CircuitModel,
    network: Any,
    files: Files,
    *,
    quiet: bool,
    progress: bool,
    force: bool,
    ended: Callable[[SpikeFile], None] | None = None,
) -> RunSummary:
    """Run a network to its end, write its files, and say what came of it unless `quiet`.

    `ended` is called with the spikes, on the first rank.
    """
    duration = network.origin["end"] - network.t
    if duration < 0 < network.t:
        raise typer.BadParameter(
            f"the network has reached {network.t:g} ms already", param_hint="--time"
        )
    with raising_together(world, "recording"):
        if world.rank == 0:
            check_apart("distsnn", files.purposes | network.files)
    replaces = _replaces_weights(world, network, files)
    with _recording(world, files) as path:
        summary: RunSummary = network.run(
            duration,
            progress=progress,
            record=files.stored(path),
            checkpoint=files.checkpoint,
            every=network.origin["every"],
            overwrite=files.overwrite,
            force=force,
            profile=files.profile or False,
        )
        if files.weights is not None:
            network.write_weights(files.stored(files.weights), overwrite=replaces)
        if ended is not None:
            with raising_together(world, "measures"):
                if world.rank == 0:
                    ended(SpikeFile(files_of(path, network.trials)[0]))
        if world.rank == 0:
            _say(loaded, network, files, path, None if quiet else summary)
    return summary


def _say(
    loaded: Model | CircuitModel,
    network: Any,
    files: Files,
    path: Path,
    summary: RunSummary | None,
) -> None:
    """Draw the picture, and say what came of a run if there is a `summary`: of trials the first."""
    n_trials = network.trials
    spikes = [SpikeFile(one) for one in files_of(path, n_trials)]
    if summary is not None:
        first = f"trial 0 of {n_trials}:" if n_trials else ""
        parts = [str(summary), first, rate_table(spikes[0]), loaded.report(network, spikes[0])]
        print("\n\n".join(part for part in parts if part), flush=True)
    if files.plot is not None:
        for one, picture in zip(spikes, files_of(files.plot, n_trials), strict=True):
            pictures.summary_picture(one, picture)
    if files.written and summary is not None:
        names = [", ".join(files_of(one, n_trials)) for one in files.written]
        print(f"\nwritten: {' and '.join(names)}", flush=True)


def _replaces_weights(world: World, network: Any, files: Files) -> bool:
    """Whether weights replace a file, found out before the run takes time.

    A run that goes on replaces those that it has written at an earlier end.
    """
    replaces = files.overwrite
    with raising_together(world, "weights"):
        if files.weights is not None and not files.weights.parent.is_dir():
            raise FileError(
                str(files.weights),
                f"there is no folder {files.weights.parent}",
                "weights are written at the end, where a folder is",
                "make the folder, or correct --weights",
            )
        if world.rank == 0 and files.weights is not None and not replaces:
            replaces = network.t > 0 and holds_network(files.weights, network.description.digest)
            if not replaces:
                advice = "Rename it, or write the weights elsewhere with --weights."
                given = (advice,) if network.t > 0 else ()
                refuse_existing(files.weights, WEIGHTS, *given)
    return bool(world.bcast_object(replaces))


@contextmanager
def _recording(world: World, files: Files) -> Iterator[Path]:
    """The file to record to: the one asked for, or one that is removed after the run."""
    if files.record is not None:
        yield files.record
        return
    with ExitStack() as stack:
        folder = None
        if world.rank == 0:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="distsnn-"))
        yield Path(world.bcast_object(folder)) / "spikes.h5"
