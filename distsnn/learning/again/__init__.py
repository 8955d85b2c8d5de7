"""Runs once more: in continuous time, or for potentials that were not recorded."""
