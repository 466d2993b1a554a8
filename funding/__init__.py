"""Money that is asked for and decided: business cases, funding decisions, what a budget buys, and the memo."""
