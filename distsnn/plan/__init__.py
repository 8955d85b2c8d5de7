"""Who owns what: partition over ranks, delays in steps, exchange interval, tables of synapses."""
