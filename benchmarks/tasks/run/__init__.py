"""Run a state machine and use its result."""
