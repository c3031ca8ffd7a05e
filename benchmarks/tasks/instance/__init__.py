"""Start an instance and use its address."""
