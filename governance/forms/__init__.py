"""Forms of models and of the council."""
