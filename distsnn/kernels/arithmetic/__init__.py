"""Elementary functions, equal to the last bit on every machine."""
