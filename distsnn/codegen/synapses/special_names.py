"""Names that expressions of synapses may use and that are no variables."""

from __future__ import annotations

from dataclasses import dataclass

from distsnn.integrate.synapse_form import Code, SynapseForm


@dataclass(frozen=True)
class SynapseClocks:
    """Clocks of synapses and their neurons: steps of the network in one of each, and dt in ms."""

    own: int
    pre: tuple[int, float]
    post: tuple[int, float]

    def every(self, variable: str) -> int:
        """Steps of the network in one of the neurons that have ``x_pre`` or ``x_post``."""
        return (self.pre if variable.endswith("_pre") else self.post)[0]

    def value(self, name: str, value: str) -> str:
        """The value of a special name, from that with one clock for all."""
        if name in {"t", "t_in_timesteps"}:
            # Between its steps a clock shows the next one.
            return value.replace("_step", f"((_step + {self.own - 1}) // {self.own})")
        every, dt = self.pre if name.endswith("_pre") else self.post
        return value.replace("== _step", f"* {every} == _step").replace("v_dt", repr(dt))


# Of each the arguments of the function that it needs, and its value, if it is not an argument.
_SPECIAL = {
    "t": (("v_dt",), "_step * v_dt"),
    "dt": (("v_dt",), ""),
    "t_in_timesteps": ((), "_step"),
    "i": (("a__source", "v__source_start"), "np.int64(a__source[_k]) - v__source_start"),
    "j": (
        ("a__index_of_lid", "v__target_start"),
        "np.int64(a__index_of_lid[_lid]) - v__target_start",
    ),
    "N_pre": (("v_N_pre",), ""),
    "N_post": (("v_N_post",), ""),
    "N": (("v_N",), ""),
    "N_incoming": (("a__n_incoming",), "a__n_incoming[_lid]"),
    "N_outgoing": (("a__n_outgoing", "a__source"), "a__n_outgoing[a__source[_k]]"),
    "lastspike_post": (("a__last_spike", "v_dt"), "max(a__last_spike[_lid] * v_dt, -1e7)"),
    "not_refractory_post": (("a__free",), "a__free[_lid] != 0"),
    "lastspike_pre": (
        ("a__last_spike_pre", "a__source", "v_dt"),
        "max(a__last_spike_pre[a__source[_k]] * v_dt, -1e7)",
    ),
    "not_refractory_pre": (("a__free_pre", "a__source"), "a__free_pre[a__source[_k]] != 0"),
}
# Clock-driven variables advance before the threshold of the step, whose spikes are known already.
_BEFORE_THRESHOLD = _SPECIAL | {
    "lastspike_post": (
        ("a__last_spike", "a__earlier_spike", "v_dt"),
        "max((a__earlier_spike[_lid] if a__last_spike[_lid] == _step else a__last_spike[_lid])"
        " * v_dt, -1e7)",
    ),
    "not_refractory_post": (
        ("a__free", "a__last_spike"),
        "(a__free[_lid] != 0) | (a__last_spike[_lid] == _step)",
    ),
    "lastspike_pre": (
        ("a__last_spike_pre", "a__earlier_spike_pre", "a__source", "v_dt"),
        "max((a__earlier_spike_pre[a__source[_k]] if a__last_spike_pre[a__source[_k]] == _step"
        " else a__last_spike_pre[a__source[_k]]) * v_dt, -1e7)",
    ),
    "not_refractory_pre": (
        ("a__free_pre", "a__last_spike_pre", "a__source"),
        "(a__free_pre[a__source[_k]] != 0) | (a__last_spike_pre[a__source[_k]] == _step)",
    ),
}


def specials(
    form: SynapseForm, code: Code, clocks: SynapseClocks | None
) -> dict[str, tuple[tuple[str, ...], str]]:
    """Arguments and value of each special name in a piece of code."""
    found = _BEFORE_THRESHOLD if code is form.continuous else _SPECIAL
    if clocks is None:
        return found
    return {name: (needs, clocks.value(name, value)) for name, (needs, value) in found.items()}
