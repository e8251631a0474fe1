"""HTTP as hostile and honest clients use it."""
