"""Carry out a request of CloudFormation that takes time."""
