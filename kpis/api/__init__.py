"""KPIs through the API: definitions, readings, and the ledger of what followed."""
