"""Runs the tests of Brian 2 on distsnn; see `tests.conformance.test_brian_suite`."""
