"""Labelled pictures and videos for people and programs that speak CVAT 1.x (seed 1, /api/v1)."""
