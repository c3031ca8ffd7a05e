"""Where it is measured: clouds, functions, packages and clocks."""
