"""The loop: update, exchange, deliver, record; with its clocks, progress and summary."""
