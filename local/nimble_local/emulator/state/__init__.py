"""The emulated state: entities, clock, timeline and where they are kept."""
