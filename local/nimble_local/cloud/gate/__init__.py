"""MiniStack behind a gate that lets only signed requests in."""
