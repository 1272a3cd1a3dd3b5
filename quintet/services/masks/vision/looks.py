"""What two looks at the same picture agree on: one at it, one at its mirror image in another size.

A face that both find is surer than one that only one finds, and mistakes of the two differ.
"""

import numpy as np

from quintet.services.masks.vision.decode import Floats, overlaps, without_overlaps

# IoU from which two looks have found the same face.
SAME = 0.55


def mirrored_back(faces: Floats, width: int) -> Floats:
    """Faces (class, score, x1, y1, x2, y2) of the mirror image where they are on a picture of that width."""
    back = faces.copy()
    back[:, 2], back[:, 4] = width - faces[:, 4], width - faces[:, 2]
    return back


def joined(ours: Floats, theirs: Floats, *, overlap: float) -> Floats:
    """What two looks found, as one.

    ours, theirs   (faces, 6): class, score, x1, y1, x2, y2; none overlaps another of its look
    overlap        IoU above which the lesser of two is dropped at the end

    Two that overlap each other most, and enough, are one face: its box is their mean weighted by score, its class the
    surer one's, its score the mean of what both said of that class. What one look alone found keeps half its score.

    Returns        (faces, 6), best score first
    """
    if len(ours) and len(theirs):
        shared = overlaps(ours[:, 2:], theirs[:, 2:])
        nearest, nearest_back = shared.argmax(1), shared.argmax(0)
        mine = np.arange(len(ours))
        met = (nearest_back[nearest] == mine) & (shared[mine, nearest] > SAME)
        mine, other = mine[met], nearest[met]
    else:
        mine = other = np.zeros(0, np.intp)
    one, two = ours[mine], theirs[other]
    surer = np.where((one[:, 1] >= two[:, 1])[:, None], one, two)
    said = np.where(one[:, 0] == two[:, 0], one[:, 1] + two[:, 1], surer[:, 1])
    weights = np.stack([one[:, 1], two[:, 1]]) / np.maximum(one[:, 1] + two[:, 1], 1e-9)
    boxes = one[:, 2:] * weights[0][:, None] + two[:, 2:] * weights[1][:, None]
    both = np.concatenate([surer[:, :1], said[:, None], boxes], 1)
    all_of_them = np.concatenate([both, np.delete(ours, mine, 0), np.delete(theirs, other, 0)])
    all_of_them[:, 1] /= 2
    ordered = all_of_them[np.argsort(-all_of_them[:, 1], kind="stable")]
    return ordered[without_overlaps(ordered[:, 2:], overlap)].astype(np.float32)
