"""The engine's settings: one table, read from a file, the environment and flags."""

from ivr.settings.sources import Loaded, SettingsError, from_sources
from ivr.settings.table import Settings

__all__ = ["Loaded", "Settings", "SettingsError", "from_sources"]
