"""Devices of Brian 2: there is one way of running here, compiled code; a run can wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from distsnn.describe.checks.settable import postponing
from distsnn.errors import NotThereError, ParameterError, UnitError
from distsnn.front.names.quantity_values import dimension_of_unit, numbers_of
from distsnn.front.names.scope import (
    expecting_quantities,
    quantities_expected,
    run_listeners,
    seed_calls,
)
from distsnn.front.network.network import Network
from distsnn.front.variable_view import VariableView
from distsnn.later import Later
from distsnn.quantities.quantity import Quantity

if TYPE_CHECKING:
    from multiprocessing import reduction
else:
    reduction = Later("multiprocessing.reduction")

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
    """The device ``'cpp_standalone'``: its simulation can wait, and be run again with other values.

    What a script does from its first ``run()`` on, runs and values that it sets between them, is
    kept in order.
    """

    # Networks that have runs, in their order.
    _networks: Sequence[Network] = ()

    def __init__(self) -> None:
        super().__init__()
        self.reinit()

    def activate(self, build_on_run: bool = True, **options: Any) -> None:
        """Become the device in use, and take note of runs."""
        super().activate(build_on_run, **options)
        self.reinit()
        self._waits = not build_on_run

    def reinit(self) -> None:
        """Forget earlier runs."""
        for network in self._networks:
            network._state.run_pending = None
        self._actions: list[Callable[[], Any]] = []
        self._networks = []
        # Whether runs wait; whether results are those of values as they were set.
        self._waits, self._as_set = False, True
        self._acting = self.has_been_run = False

    @property
    def is_waiting(self) -> bool:
        """Whether there are runs that have not been done."""
        return bool(self._actions) and not self.has_been_run and not self._acting

    def take_run(self, network: Network, again: Callable[[], Any]) -> bool:
        """Take note of a run, and say whether it waits."""
        if self._acting:
            return False
        if self.has_been_run and self._waits:
            # The simulation is complete.
            return False
        if all(network is not known for known in self._networks):
            self._networks = [*self._networks, network]
            if self._waits:
                network._state.run_pending = self.build
                reduction.ForkingPickler.register(type(network), _by_name)
            else:
                network.store(_BEFORE)
        self._actions.append(again)
        self.has_been_run = not self._waits
        return self._waits

    def take_setting(self, action: Callable[[], None]) -> bool:
        """Take note of what is set after the first run, and say whether it waits."""
        if self._acting or not self._actions or (self.has_been_run and self._waits):
            return False
        quantities = quantities_expected()

        def act() -> None:
            with expecting_quantities() if quantities else nullcontext():
                action()

        self._actions.append(act)
        return self._waits

    def __reduce__(self) -> tuple[Any, ...]:
        return get_device, ("cpp_standalone",)

    def build(self, directory: Any = None, run: bool = True, **options: Any) -> None:  # noqa: ARG002 - of Brian 2
        """Run what waits: with ``build_on_run=True`` each ``run()`` has run at once.

        Parameters
        ----------
        directory, **options
            Taken for scripts of Brian 2.
        run : bool
            Whether to run; else `run` does it.
        """
        if run and self.is_waiting:
            self.run()

    def run(
        self,
        directory: Any = None,  # noqa: ARG002 - of Brian 2
        results_directory: Any = None,  # noqa: ARG002 - of Brian 2
        with_output: bool = True,  # noqa: ARG002 - of Brian 2
        run_args: Mapping[Any, Any] | None = None,
    ) -> None:
        """Run the whole simulation from its start, perhaps with other values.

        Parameters
        ----------
        directory, results_directory, with_output
            Taken for scripts of Brian 2.
        run_args : mapping, optional
            From variables (``G.tau``, or ``"group.tau"``) to values, which are set before the first
            run.

        Raises
        ------
        ParameterError
            If nothing has been run, or a variable is none.
        """
        if not self._actions:
            raise ParameterError(
                "device.run", "there is no simulation", "run() makes one", "call run() before"
            )
        if self.has_been_run and not run_args and self._as_set:
            # ``run()`` has just done it.
            self._as_set = False
            return
        self._acting = True
        try:
            for network in self._networks:
                network._state.run_pending = None
                if self.has_been_run:
                    network.restore(_BEFORE, restore_random_state=seed_calls() > 0)
                else:
                    network.store(_BEFORE)
            for variable, value in (run_args or {}).items():
                _set(self._networks, variable, value)
            for action in self._actions:
                action()
        finally:
            self._acting = False
        self.has_been_run, self._as_set = True, False


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


def _take_run(network: Network, again: Callable[[], Any]) -> bool:
    one = _active[-1]
    return isinstance(one, CPPStandaloneDevice) and one.take_run(network, again)


def _take_setting(action: Callable[[], None]) -> bool:
    one = _active[-1]
    return isinstance(one, CPPStandaloneDevice) and one.take_setting(action)


def check_done(where: str) -> None:
    """Raise NotRunYetError if there are runs that the device in use has not done."""
    one = _active[-1]
    if isinstance(one, CPPStandaloneDevice) and one.is_waiting:
        one._networks[0]._state.check_values(where)


run_listeners.append(_take_run)
postponing.append(_take_setting)


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
        Whether ``run()`` of the device ``'cpp_standalone'`` runs at once; else ``device.build()``
        does it. Until then nothing that the simulation would change can be read.
    **options
        Options of Brian 2's building, which have no meaning here.

    Raises
    ------
    ParameterError
        If there is no such device.
    """
    if isinstance(which, str):
        if which not in all_devices:
            raise NotThereError(
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


def get_device(name: str = "") -> Any:
    """The device in use, or that of a name."""
    return all_devices[name] if name else _active[-1]


def _by_name(network: Network) -> Any:
    """How a network is sent to another process: one that was forked has it already."""
    known = all_devices["cpp_standalone"]._networks
    places = [place for place, one in enumerate(known) if one is network]
    return (_network_at, (places[0],)) if places else network.__reduce_ex__(4)


def _network_at(place: int) -> Network:
    known: Sequence[Network] = all_devices["cpp_standalone"]._networks
    if place < len(known):
        return known[place]
    raise ParameterError(
        "multiprocessing",
        "a network was sent to a process that has been started anew",
        "a process that is forked has the networks that there were",
        'write get_context("fork").Pool() in place of Pool()',
    )


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
