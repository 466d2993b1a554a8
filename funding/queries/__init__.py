"""What is asked of the records of this room."""
