"""Generated code of tables of synapses, plastic and static."""
