"""Numbers with a physical dimension, as Brian 2 has them."""
