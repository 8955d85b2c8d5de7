"""All neurons of NEST, by its names; a new family is a file beside this one and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from distsnn.nest_models.adex_neurons import ADAPTIVE
from distsnn.nest_models.cell_model import NeuronKind
from distsnn.nest_models.conductance_neurons import GLIF_CONDUCTANCES
from distsnn.nest_models.eprop.eprop_at_spikes import EPROP_AT_SPIKES
from distsnn.nest_models.eprop.eprop_neurons import EPROP, STEP_RATE_GENERATOR, STEP_RATES
from distsnn.nest_models.gif_neurons import THRESHOLDS
from distsnn.nest_models.glif import GLIF
from distsnn.nest_models.hodgkin_huxley_neurons import CHANNELS
from distsnn.nest_models.leaky.leaky_neurons import LEAKY
from distsnn.nest_models.saturating_nmda import SATURATING
from distsnn.nest_models.thalamocortical import THALAMOCORTICAL
from distsnn.nest_models.threshold_neurons import THRESHOLD_PROCESSES
from distsnn.nest_models.value_neurons.astrocyte import ASTROCYTE
from distsnn.nest_models.value_neurons.clopath_neurons import CLOPATH
from distsnn.nest_models.value_neurons.rate_neurons import RATE_NEURONS
from distsnn.nest_models.value_neurons.siegert import SIEGERT

NEURONS: Mapping[str, NeuronKind] = {
    **LEAKY,
    **ADAPTIVE,
    **CHANNELS,
    **THRESHOLDS,
    **GLIF,
    **GLIF_CONDUCTANCES,
    **THRESHOLD_PROCESSES,
    **RATE_NEURONS,
    **CLOPATH,
    **SATURATING,
    **EPROP,
    **EPROP_AT_SPIKES,
    STEP_RATE_GENERATOR: STEP_RATES,
    "siegert_neuron": SIEGERT,
    "ht_neuron": THALAMOCORTICAL,
    "astrocyte_lr_1994": ASTROCYTE,
}
# These exchange values beside spikes, for which circuits of SONATA have no edges.
_BY_VALUES = {
    *RATE_NEURONS, *CLOPATH, *EPROP, *EPROP_AT_SPIKES, *SATURATING, "siegert_neuron",
    "aeif_cond_alpha_astro", STEP_RATE_GENERATOR, "hh_psc_alpha_gap",
}  # fmt: skip
CIRCUIT_NEURONS: Mapping[str, NeuronKind] = {
    name: kind for name, kind in NEURONS.items() if name not in _BY_VALUES
}
