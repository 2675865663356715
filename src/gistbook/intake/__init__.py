"""From a cohort folder to checked tables: `readers`, `mapping`, `checks`, `cohort`."""
