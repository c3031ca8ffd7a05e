"""Random stacks with random faults, checked against the rules of every deployment."""
