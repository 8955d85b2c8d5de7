"""Built-in neuron models and receptors, and those that users declare."""
