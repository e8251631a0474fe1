"""The clients without a screen: connection, conversations, what waits to be sent."""
