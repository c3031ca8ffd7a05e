"""The servers of a local cloud: how they are started, found again and ended."""
