"""From a cohort folder to checked tables: `templates`, `readers`, `mapping`, `checks`, `cohort`."""
