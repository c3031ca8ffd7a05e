"""Deploying CDK apps to a local cloud, and reporting the outcome."""
