"""Algebra on equations with sympy, whose results are kept."""
