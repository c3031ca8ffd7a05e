"""The local cloud: an emulator of Nimble Studio, its command line, and what runs around them."""
