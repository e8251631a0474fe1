"""What several nodes keep together: each tells the others what is true on it."""
