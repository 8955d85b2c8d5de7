"""Networks of circuits in files."""
