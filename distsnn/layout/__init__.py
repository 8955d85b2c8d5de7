"""The share of each rank: partition, delays in steps, slots, tables, sizes of messages."""
