"""From estimates to what is seen: `figures`, `flow`, `tables`, `prose`."""
