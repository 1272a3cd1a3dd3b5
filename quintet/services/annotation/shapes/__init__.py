"""What was marked, as plain values: their kinds, their checks, what lies between keyframes, and how the marks of
overlapping jobs become those of a task and back. Knows no Django.

marks.py       tags, shapes, tracks; the same on the wire and here
checks.py      labels, attributes, numbers of points, frames
between.py     where a thing is between its keyframes
likeness.py    how alike two figures are, and who belongs to whom
outlines.py    from pixels to polygons
merging.py     a task's marks from those of its jobs
cutting.py     a job's marks from those of a task
doubles.py     what is there already
"""
