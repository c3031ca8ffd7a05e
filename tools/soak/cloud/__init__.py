"""The cloud that the soak deploys to, with its faults and its records."""
