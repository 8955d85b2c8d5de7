"""Everything that one rank holds, and the roles of its arrays."""
