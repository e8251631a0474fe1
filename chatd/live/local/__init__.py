"""What is true only while the daemon runs, kept in the memory of the one process that there is."""
