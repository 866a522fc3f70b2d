"""What must survive. Every store passes one contract suite."""
