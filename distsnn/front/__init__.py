"""What users hold: groups, synapses, inputs, monitors, and the network that runs them."""
