"""Functions of PyTorch and JAX whose values and derivatives a network gives."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from distsnn.errors import ParameterError

if TYPE_CHECKING:
    from distsnn.learning.spike_times_function import SpikeTimesFunction


def _imported(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise ParameterError(
            name,
            f"it cannot be imported ({error})",
            "it is an optional package",
            f"install it with pip install 'distsnn[{name}]'",
        ) from None


def torch_function(function: SpikeTimesFunction) -> Callable[..., Any]:
    """A function of tensors of PyTorch.

    Raises ParameterError if it is not installed.
    """
    torch = _imported("torch")

    def forward(ctx: Any, *values: Any) -> Any:
        ctx.values = [value.detach().cpu().numpy().astype(np.float64) for value in values]
        ctx.like = values
        found = function(*ctx.values)
        return torch.as_tensor(found, dtype=values[0].dtype, device=values[0].device)

    def backward(ctx: Any, by_time: Any) -> Any:
        found = function.gradient(ctx.values, by_time.detach().cpu().numpy())
        return tuple(
            torch.as_tensor(one, dtype=like.dtype, device=like.device)
            for one, like in zip(found, ctx.like, strict=True)
        )

    methods = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    apply: Callable[..., Any] = type("Times", (torch.autograd.Function,), methods).apply  # type: ignore[attr-defined]  # of torch
    return apply


def jax_function(function: SpikeTimesFunction) -> Callable[..., Any]:
    """A function of arrays of JAX.

    Raises ParameterError if it is not installed.
    """
    jax = _imported("jax")

    def run(*values: Any) -> Any:
        values = tuple(map(jax.numpy.asarray, values))
        kind = values[0].dtype

        def call(*arrays: Any) -> np.ndarray:
            return function(*arrays).astype(kind)

        shape = jax.ShapeDtypeStruct(function.shape, kind)
        return jax.pure_callback(call, shape, *values, vmap_method="sequential")

    times = jax.custom_vjp(run)

    def forward(*values: Any) -> tuple[Any, Any]:
        return times(*values), values

    def backward(values: Any, by_time: Any) -> Any:
        shapes = tuple(jax.ShapeDtypeStruct(one.shape, one.dtype) for one in values)

        def call(arrays: Any, by_time: Any) -> tuple[np.ndarray, ...]:
            found = function.gradient(arrays, by_time)
            return tuple(one.astype(like.dtype) for one, like in zip(found, shapes, strict=True))

        return jax.pure_callback(call, shapes, values, by_time, vmap_method="sequential")

    times.defvjp(forward, backward)
    found: Callable[..., Any] = times
    return found
