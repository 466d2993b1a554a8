"""Pages of the model inventory."""
