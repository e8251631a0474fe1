"""What is true only while the daemon runs: connections, presence, drafts. Never stored."""
