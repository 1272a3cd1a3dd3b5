"""Flows that need two services, one module each. A bridge may import only the services' interfaces."""
