"""Declared resources in virtual time, and services for them."""
