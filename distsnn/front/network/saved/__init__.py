"""States of a network that are kept, in memory and in checkpoints."""
