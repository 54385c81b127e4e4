"""Keep a warehouse and its machine in order: forget, prune, and look at both."""
