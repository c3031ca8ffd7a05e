"""Communication with CloudFormation."""
