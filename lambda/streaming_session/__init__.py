"""Starts a Nimble Studio streaming session for CloudFormation and waits until it is READY."""
