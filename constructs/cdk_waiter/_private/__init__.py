"""Internals of cdk_waiter: nothing here is public."""
