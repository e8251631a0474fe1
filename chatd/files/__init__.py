"""The file store: bytes by what they are, what is on its way there, and who looks at them first."""
