"""What the commands of ``distsnn`` do; `distsnn.cli` says which there are and their options."""
