"""The page that shows the emulated world, and follows it."""
