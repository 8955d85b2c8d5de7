"""What a network will need in memory and time, without building it."""
