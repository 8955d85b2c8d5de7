"""Memory and time that a network will need, without building it."""
