"""The look of objects: a line of text, and a table with formulas for notebooks."""
