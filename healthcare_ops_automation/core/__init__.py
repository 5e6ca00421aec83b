"""Plain Python, no ORM: what the models call."""
