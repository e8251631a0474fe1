"""How announcements reach who follows."""
