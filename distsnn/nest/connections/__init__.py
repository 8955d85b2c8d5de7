"""Connections: how they are described, drawn and read."""
