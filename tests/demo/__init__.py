"""The demonstration as a newcomer runs it, read by other people's clients."""
