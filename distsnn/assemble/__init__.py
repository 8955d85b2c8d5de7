"""From a description, a partition and a rank to that rank's arrays; no communication here."""
