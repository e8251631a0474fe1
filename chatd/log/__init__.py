"""How a line of the log is made and gets out, whoever writes it."""
