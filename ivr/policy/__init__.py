"""What the operators wrote in routes/. Pure but for reading files."""
