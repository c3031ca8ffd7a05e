"""Carry out CloudFormation requests that take time."""
