"""An emulator of the Amazon Nimble Studio API, driven by the official service model."""
