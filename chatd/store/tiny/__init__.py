"""The default store: a journal in front of TinyDB files."""
