"""The emulator without a network, and models to compare it with."""
