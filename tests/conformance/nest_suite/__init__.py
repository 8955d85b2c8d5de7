"""Runs the tests of NEST on distsnn; see `tests.conformance.test_nest_suite`."""
