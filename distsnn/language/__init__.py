"""Equations and expressions as users write them: parsed, checked, evaluated in numpy."""
