"""Loops of the backward pass of learning."""
