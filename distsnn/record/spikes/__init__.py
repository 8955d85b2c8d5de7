"""Files of spikes."""
