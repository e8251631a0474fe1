"""The audit log: who did what, in lines that are chained to each other."""
