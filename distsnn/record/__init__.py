"""Files: what a run writes down, and what reads it back."""
