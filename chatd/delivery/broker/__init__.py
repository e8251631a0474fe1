"""Between processes: how what is announced on one daemon reaches the followers on the others."""
