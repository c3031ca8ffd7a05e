"""Declared resources: their properties, their permissions, and the provider that they share."""
