"""Procurement (seed 3): accounts with three roles, goods, what they cost and until when. Paths /api/{login,accounts,
goods,prices,units}."""
