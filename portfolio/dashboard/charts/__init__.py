"""The dashboard's charts: plain dicts that Plotly draws, each with its summary and its numbers as a table."""
