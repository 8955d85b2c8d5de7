"""Built-in neurons and their receptors, whose steps have closed forms."""
