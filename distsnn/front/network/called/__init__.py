"""Calls of Python code while a network runs."""
