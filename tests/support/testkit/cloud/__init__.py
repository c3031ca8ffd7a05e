"""Real deployments to a local cloud."""
