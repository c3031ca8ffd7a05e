"""A custom resource that starts a streaming session and waits for it."""
