"""What was marked, as plain values: their kinds, their checks, what lies between keyframes, and how the marks of
overlapping jobs become those of a task and back. Knows no Django.

marks.py       tags, shapes, tracks; the same on the wire and here
figures.py     outlines, boxes, nodes of figures of any form
plainly.py     what CVAT 1.x has not, as it is shown there, and back
checks.py      labels, attributes, numbers of points, frames
forms.py       turned boxes, ellipses, masks and skeletons
between.py     where a thing is between its keyframes
likeness.py    how alike two figures are, and who belongs to whom
spans.py       pixels row by row
outlines.py    from pixels to polygons
scanlines.py   polygons with many corners, line by line
merging.py     a task's marks from those of its jobs
cutting.py     a job's marks from those of a task
doubles.py     what is there already
"""
