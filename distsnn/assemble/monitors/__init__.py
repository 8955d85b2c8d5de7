"""The probes of monitors on one rank, and their buffers."""
