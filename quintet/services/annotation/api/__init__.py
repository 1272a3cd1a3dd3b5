"""Views: read the wire, call one action or query, write the wire."""
