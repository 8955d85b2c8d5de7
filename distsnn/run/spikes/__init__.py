"""Spikes on their way: those in flight, and the copies of remote variables."""
