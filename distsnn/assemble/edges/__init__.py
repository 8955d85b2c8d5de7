"""The synapses of a connection, drawn by any rank for the targets that it owns."""
