"""Kernels that draw connections and fill tables of synapses."""
