"""The edges of circuits: their types, columns, and what of them each rank reads."""
