"""Arrays of groups of neurons and of their inputs on one rank."""
