"""Sites, the queue, who may see what."""
