"""Generated code of groups of neurons and of spike sources."""
