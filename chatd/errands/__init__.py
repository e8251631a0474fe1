"""What leaves the house, kept until it is carried out: one runner, one dialer, each kind a file."""
