"""Shapes on the wire, and how this service says no."""

from quintet.core.dialect import Dialect

DIALECT = Dialect("annotation", {})
