"""Scripts in the dialect of Brian 2: each runs under both simulators, only its import differs."""
