"""An IVR routing engine that stands next to Asterisk."""

__version__ = "0.1.0"
