"""The conversation with CloudFormation."""
