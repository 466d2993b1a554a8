"""The writes of this room, each once."""
