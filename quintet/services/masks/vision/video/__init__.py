"""A video in, the same video with boxes out: PyAV and numpy.

probing.py    is it a video, and what are its sides, its turn, its rate
planning.py   where it is cut into parts
decoding.py   the frames of one part, each once
drawing.py    boxes and captions on the planes of a frame
encoding.py   H.264 in MP4
parts.py      one part: decoded, looked at, drawn, encoded
stitching.py  who left one part and entered the next is one person
joining.py    the parts become one file, with the sound of the original
telling.py    what was seen, as JSON and CSV
"""
