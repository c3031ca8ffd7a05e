"""Seeds: what the emulated world holds at the start, and what is added later."""
