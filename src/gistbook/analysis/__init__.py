"""From checked tables to estimates: `endpoints`, `lifetable`, `disclosure`, `estimates`, `contrasts`; and `simulate`."""
