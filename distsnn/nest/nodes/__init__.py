"""Nodes and their parameters."""
