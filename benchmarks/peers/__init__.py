"""The usual ways to start a session from a stack, each as its documentation describes it."""
