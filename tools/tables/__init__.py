"""Writes the tables of AWS's services that ``cdk_waiter`` ships: ``make tables``."""
