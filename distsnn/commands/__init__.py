"""The work of the commands of ``distsnn``; `distsnn.cli` has their names and options."""
