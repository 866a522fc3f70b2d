"""What happens to a call. Pure."""
