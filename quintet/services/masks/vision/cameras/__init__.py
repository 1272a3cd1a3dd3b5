"""Cameras as pictures that come by themselves: where they are read, the newest frame of each, what was seen of late."""
