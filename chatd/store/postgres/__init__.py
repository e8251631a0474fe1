"""The store in PostgreSQL: for more than one process, and for who has a database already."""
