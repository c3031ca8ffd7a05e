"""The official service model, and the protocol derived from it."""
