"""Pixels: what is in an uploaded file, and its frames in the shapes that clients read. Knows no Django.

kinds.py      which file names are read, and which of them go together
images.py     pictures: size from the header, JPEG of a given quality
archives.py   ZIP and TAR
pdf.py        pages as pictures
video.py      frames by number, chunks as MP4
cache.py      what was made of them, kept for a while
"""
