"""What people use today to start a session from a stack, each as its own documentation says."""
