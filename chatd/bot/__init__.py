"""Who answers a customer before a person does: a small interface, and the engines behind it."""
