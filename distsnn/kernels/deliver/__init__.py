"""Kernels that bring spikes to their targets."""
