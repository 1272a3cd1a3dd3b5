"""The process that reads cameras, and how web processes see through it.

watcher.py    which cameras are ours, by leases; all that is written to the database
eye.py        looks at one camera's newest frame, so often a second
board.py      the newest look, drawn once however many watch
protocol.py   what watcher and web processes say to one another
door.py       answers them
viewing.py    asks, for web processes
"""
