"""The file store: uploads, what is kept of them, who may have them, what becomes of them."""
