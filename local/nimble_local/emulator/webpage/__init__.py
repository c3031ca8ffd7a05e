"""The page that shows the emulator's state live."""
