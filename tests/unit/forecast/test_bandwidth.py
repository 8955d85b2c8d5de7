"""The bandwidth of memory is that of no cache and of no broken clock."""

from __future__ import annotations

from distsnn.exchange import run_loopback
from distsnn.forecast.bandwidth import measure_bandwidth


def test_of_all_ranks() -> None:
    """Any machine that runs this moves more than 0.1 and less than 1000 GB/s."""
    found = run_loopback(2, measure_bandwidth)
    assert len(found) == 2
    assert all(1e8 < bandwidth < 1e12 for bandwidth in found)
