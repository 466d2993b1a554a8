"""The API of this room: imports and their rows."""
