"""Python code that runs while a network runs: network operations and objects of users."""
