"""Receptors of neurons: how events act on variables, and these on the membrane."""
