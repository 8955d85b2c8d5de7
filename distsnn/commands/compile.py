"""``distsnn compile``: kernels are compiled before anyone waits for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from distsnn.examples import load
from distsnn.examples.ordinary import ordinary
from distsnn.kernels.shared_code import VARIABLE, filling

_STEPS = 20


def compile_kernels(
    models: Annotated[
        list[str] | None,
        typer.Argument(help="Models whose code is compiled; by default the ordinary kinds."),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help=f"Put a copy there, for users who set {VARIABLE} to it, instead of for you only.",
        ),
    ] = None,
) -> None:
    """Compile what networks of ordinary kinds need, once for a machine."""
    begin = perf_counter()
    count = 0
    with nullcontext() if folder is None else filling(folder.absolute()):
        for name, network in _given(models) if models else ordinary():
            print(f"compiling {name}", flush=True)
            network.run(_STEPS * network.dt)
            count += 1
    print(f"{count} networks in {perf_counter() - begin:.0f} s")
    if folder is not None:
        print(f"for all users: export {VARIABLE}={folder.absolute()}")


def _given(models: list[str]) -> Iterator[tuple[str, Any]]:
    for name in models:
        yield name, load(name).network()
