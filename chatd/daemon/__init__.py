"""The daemon as a whole: its entry, the composition root, what systemd and the log are told."""
