"""Models in an intermediate form, and the kernels generated from it."""
