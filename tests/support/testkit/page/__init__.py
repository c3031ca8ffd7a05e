"""The emulator's page in a browser."""
