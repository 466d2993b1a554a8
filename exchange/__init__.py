"""What crosses the border: imports, exports, connectors."""
