"""Who calls, and what is known of them. Pure."""
