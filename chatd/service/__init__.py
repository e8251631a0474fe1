"""What the handlers share: who is told, what it looks like, who is who, who is here."""
