"""Groups of neurons and of spike sources, as users hold them."""
