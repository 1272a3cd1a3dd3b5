"""One person, one password, many ways in. Identity only: what a service adds is that service's own table."""
