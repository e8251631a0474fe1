"""The promises of chatd, each proved by really doing the thing."""
