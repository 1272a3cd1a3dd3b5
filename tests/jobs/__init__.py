"""Workers are killed in the middle of their work, on every engine that this machine has."""
