"""What the commands do, one file per family; each has a table HANDLERS of command and function."""
