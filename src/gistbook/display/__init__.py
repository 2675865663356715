"""From estimates to what is seen: `figures`, `tables` and `prose`, by way of `outputs`, which a notebook shows."""
