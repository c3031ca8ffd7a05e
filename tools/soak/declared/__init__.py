"""Stories of declared resources."""
