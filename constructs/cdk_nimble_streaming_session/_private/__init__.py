"""Internals of cdk_nimble_streaming_session: nothing here is public."""
