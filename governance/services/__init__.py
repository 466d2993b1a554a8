"""Every write to the model inventory."""
