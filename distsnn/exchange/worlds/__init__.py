"""Worlds of ranks: one process, an MPI job, threads."""
