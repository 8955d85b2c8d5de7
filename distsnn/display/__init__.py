"""How objects are shown: a line of text, and a table with formulas for notebooks."""
