"""The source of the program of one rank, generated from the forms of its models."""
