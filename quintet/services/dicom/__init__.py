"""Radiology's user system (seed 2, /api/user/): who somebody is, their picture, their password."""
