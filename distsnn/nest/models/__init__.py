"""Models of NEST, as those of distsnn."""
