"""The local cloud: MiniStack and the Nimble emulator, started and ended together."""
