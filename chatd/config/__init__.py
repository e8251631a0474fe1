"""The configuration: every key with its default, read and checked to the last one."""
