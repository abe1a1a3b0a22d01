"""What things look like: from what the daemon tells to lines for people. Nothing is sent here."""
