"""What a user describes, as plain frozen checked objects; nothing here computes or communicates."""
