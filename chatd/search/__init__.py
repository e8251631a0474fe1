"""Finding messages by their words: an index that is derived, and can be made anew at any time."""
