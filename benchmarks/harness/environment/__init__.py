"""The environment of the measurements: clouds, functions and packages."""
