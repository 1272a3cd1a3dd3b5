"""PostgreSQL as Django knows it, but for one thing: see base.py."""
