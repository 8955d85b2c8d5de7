"""Example scripts: files to run and to copy, not modules to import."""
