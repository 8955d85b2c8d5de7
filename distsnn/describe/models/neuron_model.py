"""Neuron models of the package or of a user that are equations with named parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import Parameter as Argument
from types import MappingProxyType
from typing import Any, ClassVar

from distsnn.describe.models.parameters import OF_EQUATIONS, WithParameters
from distsnn.describe.models.receptors.group_receptors import receptor_names, receptor_parameters
from distsnn.describe.models.receptors.receptor import Receptor
from distsnn.errors import ParameterError

# The unit of a variable as equations have it -> as a user reads it.
READ_IN = {of_equations: unit for unit, of_equations in OF_EQUATIONS.items()}
RECEPTOR_CURRENT = "I_receptors"


class NeuronModel(WithParameters):
    """Base of neuron models that are equations with named parameters.

    A model is a subclass with `Parameter` objects and expressions in the dialect of equations, in a
    user's file or in the package; see "Models of your own" in the guide. Its name ``I_receptors``
    in the equations stands for the current that all receptors of the group add, in pA; receptors
    with conductances need a variable ``V_m``.

    Parameters
    ----------
    method : str, optional
        Method of integration in place of the model's.
    **values : float, array (N,) or Distribution
        Parameters; their names and defaults are those of the class.

    Attributes
    ----------
    equations : str
        One equation for each variable; parameters need none.
    threshold, reset, refractory, method : str
        As those of `NeuronGroup`; `refractory` as an expression.
    at_start, at_end : str
        Statements that run at the start and at the end of each step, as those of
        ``run_regularly(when="after_start")`` and ``"end"``.
    start : mapping of str to str
        What variables start at, as expressions over parameters; 0 without one.
    parameters : mapping of str to Parameter
        All parameters, in the order of the class.

    Raises
    ------
    UnknownNameError
        If there is no such parameter.
    ParameterError
        If a value is not allowed.

    Examples
    --------
    >>> import distsnn as snn
    >>> class Quadratic(snn.NeuronModel):
    ...     tau_m = snn.Parameter(10.0, "ms", "> 0")
    ...     a = snn.Parameter(0.1, "1/mV")
    ...     R = snn.Parameter(0.1, "mV/pA")
    ...     I_e = snn.Parameter(0.0, "pA")
    ...     equations = "dV_m/dt = (a*V_m**2 + R*(I_e + I_receptors))/tau_m : volt"
    ...     threshold, reset, method = "V_m > 20*mV", "V_m = -10*mV", "rk4"
    >>> cells = snn.NeuronGroup(10, Quadratic(I_e=300.0), name="cells")
    >>> snn.Network(cells).run(100 * snn.ms).spikes
    120
    """

    equations: ClassVar[str] = ""
    threshold: ClassVar[str] = ""
    reset: ClassVar[str] = ""
    refractory: ClassVar[str] = ""
    method: str = ""
    at_start: ClassVar[str] = ""
    at_end: ClassVar[str] = ""
    start: ClassVar[Mapping[str, str]] = MappingProxyType({})

    def __init__(self, *, method: str | None = None, **values: Any) -> None:
        self._take(values)
        if not isinstance(method, str | None):
            raise ParameterError(
                type(self).__name__,
                f"method={method!r}",
                "method is the name of a method of integration",
                "give one, such as 'rk4'",
            )
        if method is not None:
            self.method = method

    @classmethod
    def _further(cls) -> Sequence[Argument]:
        """See `WithParameters`."""
        return (Argument("method", Argument.KEYWORD_ONLY, default=cls.method),)

    @classmethod
    def _further_docs(cls) -> dict[str, str]:
        """See `WithParameters`."""
        return {"method": f'Method of integration, ``"{cls.method}"`` by default.'}

    def equations_with(self, receptors: tuple[Receptor, ...]) -> tuple[str, dict[str, float]]:
        """The equations of a group with some receptors.

        Returns
        -------
        text : str
        numbers : dict of str to float
            What its names of receptors' numbers stand for.
        """
        lines, currents, numbers = [self.equations], [], dict[str, float]()
        units = {name: p.unit_in_equations for name, p in self.parameters.items()}
        for receptor, names in receptor_names(receptors):
            lines += receptor.lines(names)
            current, of_output = receptor.output.current(names.acting)
            currents.append(current)
            numbers |= of_output
        lines.append(f"{RECEPTOR_CURRENT} = {' + '.join(currents) or '0*pA'} : amp")
        of_receptors = receptor_parameters(receptors).items()
        units |= {name: parameter.unit_in_equations for name, (parameter, _) in of_receptors}
        lines += [f"{name} : {unit} (constant)" for name, unit in units.items()]
        return "\n".join(lines), numbers
