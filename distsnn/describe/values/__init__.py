"""Values that users give: numbers, arrays, distributions, expressions, arrays over time."""
