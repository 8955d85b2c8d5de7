"""Jobs of several ranks: how they start, what ends them, and who watches."""
