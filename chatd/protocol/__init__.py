"""What is said on the wire: typed commands and events, and their JSON envelope. Pure."""
