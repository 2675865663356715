"""From checked tables to estimates: `endpoints`, `lifetable`, `disclosure`, `estimates`, `contrasts`.

`simulate` draws synthetic patients, and `records` writes them down as tables.
"""
