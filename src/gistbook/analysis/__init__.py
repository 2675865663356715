"""From checked tables to estimates: `endpoints`, `lifetable`, `disclosure`, `estimates`; and `simulate`."""
