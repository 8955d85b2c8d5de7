"""Structural plasticity: elements that grow, and connections that come and go with them."""
