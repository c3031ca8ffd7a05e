"""Random stacks with random faults, checked against the rules that every deployment must keep."""
