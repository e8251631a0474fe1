"""What every full-screen client shares: a conversation, a field, keys, drawing."""
