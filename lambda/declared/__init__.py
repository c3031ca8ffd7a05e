"""Custom resources for any AWS API whose effect takes time, driven by a declaration."""
