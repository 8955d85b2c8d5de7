"""NEST's neurons and synapses for e-prop."""
