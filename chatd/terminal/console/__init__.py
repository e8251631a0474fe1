"""The operator's console: the queue, one's own tickets, what customers are writing this moment."""
