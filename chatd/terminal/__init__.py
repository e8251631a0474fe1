"""The terminal client: rooms where people watch each other type, and the operators' console."""
