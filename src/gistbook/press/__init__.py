"""From chapters to a book: `execute`, `claims`, `checklist`, `coverage`, `provenance`, `publish`."""
