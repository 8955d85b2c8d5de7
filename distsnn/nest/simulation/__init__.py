"""The network of what was created and connected, and its runs."""
