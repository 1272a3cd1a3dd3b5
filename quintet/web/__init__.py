"""The console: pages and built assets. Meets the services at their interfaces or over HTTP."""
