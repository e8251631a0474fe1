"""What conversations count, and what is told by it to who comes back."""
