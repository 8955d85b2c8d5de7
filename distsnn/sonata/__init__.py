"""Circuits in the files of SONATA: what they say, as models, rules and values of a network."""
