"""Hand-written numba kernels: plain functions on arrays, importing no other room."""
