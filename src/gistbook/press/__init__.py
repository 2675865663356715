"""From chapters to a book: `execute`, `claims`, `checklist`, `provenance`, `publish`."""
