"""An IVR routing engine that stands next to Asterisk."""
