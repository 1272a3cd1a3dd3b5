"""The composition root, on real engines."""
