"""The state of a simulation, between its ranks, a checkpoint and the memory of the process."""
