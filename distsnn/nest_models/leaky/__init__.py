"""NEST's leaky integrate-and-fire neurons."""
