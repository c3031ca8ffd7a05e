"""The function's role, its policies and the room they take."""
