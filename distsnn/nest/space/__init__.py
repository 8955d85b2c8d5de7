"""Positions of nodes: masks, neighbors, and pictures of them."""
