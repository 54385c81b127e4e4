"""Results after the fact: where one comes from, and how two differ."""
