"""What the daemon tells, as classes."""
