"""The local cloud: MiniStack and the Nimble emulator, started, found again and ended together."""
