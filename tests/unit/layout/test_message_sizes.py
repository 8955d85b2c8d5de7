"""Sizes of messages; that exchanges have them is tested with the exchange."""

from __future__ import annotations

import pytest

from distsnn.layout.message_sizes import (
    Traffic,
    buffer_words,
    shared_buffer_words,
    smallest_width,
    width_for,
)


def test_widths_are_powers_of_two_with_room() -> None:
    for n in range(1, 3000):
        width = width_for(n)
        assert width >= 1.25 * n - 1
        assert width & (width - 1) == 0
        assert width <= 2.5 * n or n < 3
    assert smallest_width(1) == smallest_width(90) == 256
    assert smallest_width(120) == 512


@pytest.mark.parametrize(
    ("size", "spikes", "most", "width"),
    [(1, 10.0, 10.0, 256), (4, 40.0, 12.0, 256), (4, 4000.0, 1000.0, 2048)],
)
def test_messages(size: int, spikes: float, most: float, width: int) -> None:
    traffic = Traffic.of(size, 15, spikes, most)
    assert traffic.width == width
    assert traffic.bytes_sent == (4 * width if size > 1 else 0)
    assert traffic.bytes_received == (4 * width * size if size > 1 else 0)


def test_mail_is_for_two_intervals_in_whole_lines() -> None:
    # 16 words before the first spike.
    assert [buffer_words(15, most) for most in (0, 16, 17)] == [32, 32, 64]
    assert shared_buffer_words(3, 64) == 2 * 3 * 64
    assert shared_buffer_words(1, 64) == 0
