"""The control interface, under /_nimble/."""
