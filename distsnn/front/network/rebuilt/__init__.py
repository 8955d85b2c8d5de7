"""A network that is built anew between two runs, and goes on in the state that it has."""
