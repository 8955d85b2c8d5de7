"""Synapses as a user describes them: rules of connection, weights, delays and plasticity."""
