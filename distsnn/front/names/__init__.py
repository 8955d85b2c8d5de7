"""Names of objects, and what names in a script mean."""
