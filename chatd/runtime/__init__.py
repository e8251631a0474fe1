"""What every part of the daemon runs on: greenlets, threads, the loop, limits, figures."""
