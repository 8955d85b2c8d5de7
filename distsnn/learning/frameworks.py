"""Functions of PyTorch and JAX whose values and derivatives a network gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from distsnn.errors import ParameterError, UnsupportedError

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


def _only_first(where: str) -> UnsupportedError:
    return UnsupportedError(
        where,
        "a second derivative",
        "times of spikes have first derivatives here",
        "take no derivative of the gradient",
    )


def torch_function(function: SpikeTimesFunction) -> Callable[..., Any]:
    """A function of tensors of PyTorch.

    Raises ParameterError if it is not installed.
    """
    torch = _imported("torch")

    def arrays(values: Sequence[Any]) -> list[np.ndarray]:
        return [value.detach().cpu().numpy().astype(np.float64) for value in values]

    def times_of(*values: Any) -> Any:
        found = function(*arrays(values))
        return torch.as_tensor(found, dtype=values[0].dtype, device=values[0].device)

    def gradient_of(by_time: Any, *values: Any) -> Any:
        found = function.gradient(arrays(values), *arrays([by_time]))
        return tuple(
            torch.as_tensor(one, dtype=like.dtype, device=like.device)
            for one, like in zip(found, values, strict=True)
        )

    def no_more(*_: Any) -> Any:
        raise _only_first("SpikeTimesFunction.torch")

    gradient = _torch_class(torch, "Gradient", gradient_of, no_more)

    def backward(ctx: Any, by_time: Any) -> Any:
        return gradient.apply(by_time, *ctx.saved_tensors)

    apply: Callable[..., Any] = _torch_class(torch, "Times", times_of, backward).apply
    return apply


def _torch_class(
    torch: Any, name: str, forward: Callable[..., Any], backward: Callable[..., Any]
) -> Any:
    """A function with its derivative, of which `torch.vmap` takes one call after the other."""

    def keep(ctx: Any, inputs: Any, output: Any) -> None:  # noqa: ARG001 - of all functions
        ctx.save_for_backward(*inputs)

    def vmap(info: Any, axes: Sequence[int | None], *values: Any) -> tuple[Any, Any]:
        calls = [
            made.apply(
                *(
                    one if axis is None else one.select(axis, k)
                    for one, axis in zip(values, axes, strict=True)
                )
            )
            for k in range(info.batch_size)
        ]
        if isinstance(calls[0], tuple):
            return tuple(map(torch.stack, zip(*calls, strict=True))), (0,) * len(calls[0])
        return torch.stack(calls), 0

    methods: dict[str, Callable[..., Any]] = {
        "forward": forward,
        "setup_context": keep,
        "backward": backward,
        "vmap": vmap,
    }
    made: Any = type(
        name,
        (torch.autograd.Function,),
        {key: staticmethod(method) for key, method in methods.items()},
    )
    return made


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

    def run_back(values: Any, by_time: Any) -> Any:
        shapes = tuple(jax.ShapeDtypeStruct(one.shape, one.dtype) for one in values)

        def call(arrays: Any, by_time: Any) -> tuple[np.ndarray, ...]:
            found = function.gradient(arrays, by_time)
            return tuple(one.astype(like.dtype) for one, like in zip(found, shapes, strict=True))

        return jax.pure_callback(call, shapes, values, by_time, vmap_method="sequential")

    def no_more(*_: Any) -> Any:
        raise _only_first("SpikeTimesFunction.jax")

    gradient = jax.custom_vjp(run_back)
    gradient.defvjp(no_more, no_more)
    times.defvjp(forward, gradient)
    found: Callable[..., Any] = times
    return found
