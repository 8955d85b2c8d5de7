"""The way back: spikes, synapses and intervals of one worker."""
