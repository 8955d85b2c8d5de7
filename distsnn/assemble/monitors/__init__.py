"""What a rank reads for monitors, and the buffers it is read into."""
