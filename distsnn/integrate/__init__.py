"""From checked equations to what one time step computes."""
