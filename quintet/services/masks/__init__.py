"""Finds faces and says whether they wear a mask: pictures, videos, cameras."""
