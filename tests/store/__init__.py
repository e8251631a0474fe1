"""The store: the contract over every backend, and what breaks disks."""
