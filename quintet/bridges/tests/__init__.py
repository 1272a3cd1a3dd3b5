"""Flows through two services."""
