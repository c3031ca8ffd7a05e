"""The function in virtual time, and what surrounds it."""
