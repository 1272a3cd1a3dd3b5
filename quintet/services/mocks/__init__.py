"""Mocks: a JSON text is saved under a name and answers at a fixed link. Source: 4-mock.md; paths under /v1/."""
