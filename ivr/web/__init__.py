"""What is seen over HTTP: metrics and health."""
