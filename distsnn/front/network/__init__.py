"""The network: what it consists of, how it is built, run and saved."""
