"""Neurons of NEST that send values or are learned from by their potential, beside spikes."""
