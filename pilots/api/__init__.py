"""The pilots room in the API."""
