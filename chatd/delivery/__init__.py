"""From an announcement to the sockets of all who follow: hub, broker, outboxes."""
