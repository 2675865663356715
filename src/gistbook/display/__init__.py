"""From estimates to what is seen: `figures`, `tables`, `prose`."""
