"""Loops of structural plasticity."""
