"""Who owns what: partition over ranks, delays in steps, slots, tables, sizes of messages."""
