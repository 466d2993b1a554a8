"""The demo portfolio: an invented company, deterministic, believable, with every finding there is."""
