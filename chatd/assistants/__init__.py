"""What assistants see of the house: an MCP server over stdio, which is a client of the daemon."""
