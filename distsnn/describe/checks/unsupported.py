"""Names that Brian 2 has and distsnn has not: errors say so instead of "unknown name"."""

from __future__ import annotations

_FUNCTIONS = "expressions call the functions that distsnn knows, and TimedArrays"
_DEVICES = "there is one way of running, compiled kernels"
_MORPHOLOGY = "neurons have one compartment"

# Arguments of constructors.
ARGUMENTS = {
    "events": "sources have spikes alone",
    "on_event": "built-in synapses act at spikes",
    "clock": "it follows the clock of its source",
    "dt": "it follows the clock of its source",
    "order": "the order of objects",
    "when": "the place of objects within a step",
    "codeobj_class": "code objects",
    "connect": "connect= in the constructor",
    "level": "levels of namespaces",
    "pre": "pre= of Brian 1",
    "post": "post= of Brian 1",
}
# Methods and attributes of groups and synapses.
UNSUPPORTED_METHODS = {
    "custom_operation": "write run_regularly(...)",
    "set_event_action": "write run_on_event(...)",
    "order": "order= says it where an object is made",
    "summed_updaters": "a (summed) equation does it",
    "thresholder": "threshold= does it",
    "resetter": "reset= does it",
    "state_updater": "method= does it",
    "get_profiling_info": "read profiling_info",
    "dim": "units are plain numbers; expressions are checked for dimensions",
}
_PLAIN = "units are plain numbers here (ms, mV, pA, nS, pF); distsnn.brian has quantities"
# Names of the package.
NAMES = {
    **dict.fromkeys(("SpatialNeuron", "SpatialStateUpdater", "Morphology"), _MORPHOLOGY),
    **dict.fromkeys(("Soma", "Cylinder", "Section"), _MORPHOLOGY),
    **dict.fromkeys(("Thresholder", "Resetter"), "NeuronGroup makes them"),
    "check_units": "take it from distsnn.brian, whose values carry units",
    "BinomialFunction": "write binomial(n, p) in the expression",
    "CodeRunner": _DEVICES,
    "restore_initial_state": "start_scope() and the script begin anew",
    **dict.fromkeys(("Quantity", "Unit", "have_same_dimensions", "get_dimensions"), _PLAIN),
    **dict.fromkeys(("get_unit", "DIMENSIONLESS", "is_dimensionless", "DEFAULT_UNITS"), _PLAIN),
    **dict.fromkeys(("get_or_create_dimension", "register_new_unit", "is_scalar_type"), _PLAIN),
    **dict.fromkeys(("in_unit", "in_best_unit"), "divide by the unit, v/mV; or take distsnn.brian"),
    **dict.fromkeys(
        ("gsl_rk2", "gsl_rk4", "gsl_rkf45", "gsl_rkck", "gsl_rk8pd"),
        "methods are exact, exponential_euler, euler, rk2, rk4, heun and milstein",
    ),
    **dict.fromkeys(("StateUpdateMethod", "ExplicitStateUpdater"), "method= takes a name"),
    **dict.fromkeys(
        ("Group", "VariableOwner", "Nameable", "Trackable"),
        "objects are groups, Synapses, PoissonInput and monitors",
    ),
    **dict.fromkeys(("BrianPreference", "ImportExport"), "prefs and get_states() have no others"),
    **dict.fromkeys(
        ("CythonCodeObject", "NumpyCodeObject"), "numba compiles everything; target= has no meaning"
    ),
    **dict.fromkeys(("Expression", "Statements"), "expressions and statements are strings"),
    "get_local_namespace": "namespace= takes a mapping",
    "visualise_connectivity": "write distsnn.plot.connectivity(S)",
    "brian_plot": "write distsnn.plot.traces(monitor)",
}
