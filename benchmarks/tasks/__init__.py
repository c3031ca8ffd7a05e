"""Two tasks, each in three ways, as their users write them. docs/other-services.md shows parts."""
