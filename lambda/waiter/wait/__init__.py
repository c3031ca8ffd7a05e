"""The wait and its decisions."""
