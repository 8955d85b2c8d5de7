"""Devices of Brian 2: there is one way of running here, compiled code, and a run runs at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from distsnn.errors import ParameterError, UnitError
from distsnn.front.names.quantity_values import dimension_of_unit, numbers_of
from distsnn.front.names.scope import run_listeners, seed_calls
from distsnn.front.network.network import Network
from distsnn.front.variable_view import VariableView
from distsnn.quantities.quantity import Quantity

# The name of the state that is kept before the first run.
_BEFORE = "before the first run"


class Device:
    """A device of Brian 2; here every device runs compiled code, at ``run()``.

    Attributes
    ----------
    build_options : dict
        What `set_device` was given.
    """

    def __init__(self) -> None:
        self.build_options: dict[str, Any] = {}
        self.has_been_run = False

    def activate(self, build_on_run: bool = True, **options: Any) -> None:
        """Become the device in use."""
        self.build_options = {"build_on_run": build_on_run, **options}

    def build(self, directory: Any = None, run: bool = True, **options: Any) -> None:
        """Do nothing: each ``run()`` has built what it needed and has run."""

    def reinit(self) -> None:
        """Forget earlier runs."""
        self.build_options = {}

    def delete(self, *what: Any, **options: Any) -> None:
        """Do nothing: there are no folders of code."""


class RuntimeDevice(Device):
    """The device ``'runtime'``."""


class CPPStandaloneDevice(Device):
    """The device ``'cpp_standalone'``: its simulation can be run again, with other values."""

    def __init__(self) -> None:
        super().__init__()
        # The runs of the simulation, and whether results are those of values as they were set.
        self._runs: list[tuple[Network, float]] = []
        self._as_set = True

    def activate(self, build_on_run: bool = True, **options: Any) -> None:
        """Become the device in use, and take note of runs."""
        super().activate(build_on_run, **options)
        self.reinit()

    def reinit(self) -> None:
        """Forget earlier runs."""
        self._runs, self._as_set = [], True

    def note(self, network: Network, duration: float) -> None:
        """Take note of a run, and keep the state before the first one."""
        if all(network is not known for known, _ in self._runs):
            network.store(_BEFORE)
        self._runs.append((network, duration))
        self.has_been_run = True

    def run(
        self,
        directory: Any = None,  # noqa: ARG002 - of Brian 2
        results_directory: Any = None,  # noqa: ARG002 - of Brian 2
        with_output: bool = True,  # noqa: ARG002 - of Brian 2
        run_args: Mapping[Any, Any] | None = None,
    ) -> None:
        """Run the whole simulation again from its start, with other values.

        Parameters
        ----------
        directory, results_directory, with_output
            Taken for scripts of Brian 2.
        run_args : mapping, optional
            From variables (``G.tau``, or ``"group.tau"``) to values, which are set before the first
            run. Nothing that the script set between runs is set again.

        Raises
        ------
        ParameterError
            If nothing has been run, or a variable is none.
        """
        if not self._runs:
            raise ParameterError(
                "device.run", "there is no simulation", "run() makes one", "call run() before"
            )
        if not run_args and self._as_set:
            # ``run()`` has just done it.
            return
        self._as_set = not run_args
        runs, networks = self._runs, {id(network): network for network, _ in self._runs}
        for network in networks.values():
            network.restore(_BEFORE, restore_random_state=seed_calls() > 0)
        for variable, value in (run_args or {}).items():
            _set(networks.values(), variable, value)
        run_listeners.remove(_note)
        try:
            for network, duration in runs:
                network.run(duration)
        finally:
            run_listeners.append(_note)


def _set(networks: Iterable[Network], variable: Any, value: Any) -> None:
    """Set a variable that is given as ``G.tau`` or ``"group.tau"``."""
    if isinstance(variable, VariableView):
        variable[:] = value
        return
    owner, _, name = str(variable).partition(".")
    found = [network[owner] for network in networks if owner in network]
    if not found or not name:
        raise ParameterError(
            "device.run",
            f"run_args has {variable!r}",
            "its keys are variables, such as G.tau or 'group.tau'",
            "correct it",
        )
    if isinstance(value, Quantity):
        unit = found[0].unit_of(name)
        if value.dim is not dimension_of_unit(unit):
            raise UnitError(
                "device.run", f"run_args has {value} for {variable}", f"{variable} is in {unit}",
                "correct the value or its unit",
            )  # fmt: skip
        value = numbers_of(value)
    setattr(found[0], name, value)


runtime_device = RuntimeDevice()
all_devices: dict[str, Any] = {
    "runtime": runtime_device,
    "cpp_standalone": CPPStandaloneDevice(),
}
_active: list[Any] = [runtime_device]
_earlier: list[Any] = []


def _note(network: Network, duration: float) -> None:
    if isinstance(_active[-1], CPPStandaloneDevice):
        _active[-1].note(network, duration)


run_listeners.append(_note)


class CurrentDevice:
    """``device`` of Brian 2: the device in use."""

    def __getattr__(self, name: str) -> Any:
        return getattr(_active[-1], name)


device = CurrentDevice()


def set_device(which: Any, build_on_run: bool = True, **options: Any) -> None:
    """Choose a device; all of them run compiled code, at ``run()``.

    Parameters
    ----------
    which : str or Device
        ``'runtime'`` or ``'cpp_standalone'``.
    build_on_run : bool
        Taken for scripts of Brian 2: ``run()`` runs, and ``device.build()`` finds it done.
    **options
        Options of Brian 2's building, which have no meaning here.

    Raises
    ------
    ParameterError
        If there is no such device.
    """
    if isinstance(which, str):
        if which not in all_devices:
            raise ParameterError(
                "set_device",
                f"device {which!r}",
                f"devices are {', '.join(all_devices)}",
                "choose one; all of them run compiled code",
            )
        which = all_devices[which]
    _earlier.append(_active[-1])
    _active[-1] = which
    if hasattr(which, "activate"):
        which.activate(build_on_run=build_on_run, **options)


def get_device() -> Any:
    """The device in use."""
    return _active[-1]


def reset_device(device: Any = None) -> None:
    """Go back to the device before, or to `device`."""
    before = _earlier.pop() if _earlier else runtime_device
    _active[-1] = before if device is None else device


def reinit_devices() -> None:
    """Let all devices forget earlier runs."""
    for one in all_devices.values():
        one.reinit()


def clear_cache(target: str) -> None:
    """Do nothing: compiled code is kept as long as it is of use; see ``distsnn cache``."""


def check_cache(target: str) -> None:
    """Do nothing: code of another version is never taken."""
