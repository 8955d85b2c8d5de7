"""Objects of distsnn whose values carry units: the classes of `distsnn.brian`."""
