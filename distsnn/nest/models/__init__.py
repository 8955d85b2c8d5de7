"""What each model of NEST is in distsnn."""
