"""Values that are drawn or computed for nodes and connections."""
