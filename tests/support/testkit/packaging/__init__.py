"""Fresh environments, and the README as a reader follows it."""
