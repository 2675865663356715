"""Their names, codes and shapes to ours, by `cohort.toml`; the original file is never edited."""

from gistbook.intake.mapping.settings import (
    ADSL_TABLE,
    SETTINGS_FILE,
    Block,
    Settings,
    read_settings,
    sources,
    usable_settings,
)
from gistbook.intake.mapping.tables import Mapped, alike, map_table

__all__ = [
    "ADSL_TABLE",
    "SETTINGS_FILE",
    "Block",
    "Mapped",
    "Settings",
    "alike",
    "map_table",
    "read_settings",
    "sources",
    "usable_settings",
]
