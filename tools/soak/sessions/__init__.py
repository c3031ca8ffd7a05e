"""Stories of streaming sessions."""
