"""Objects of users: groups, synapses, inputs, monitors, and the network that runs them."""
