"""The helper: a process apart for what parses hostile bytes; it may die, the daemon goes on."""
