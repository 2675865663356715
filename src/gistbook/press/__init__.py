"""From chapters to a book: `execute`, `claims`, `publish`."""
