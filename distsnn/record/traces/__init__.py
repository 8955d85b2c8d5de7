"""Files of variables over time."""
