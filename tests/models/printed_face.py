"""A printed portrait before a camera: tilted about its upright axis, and bent about it."""

import cv2
import numpy as np

GREY = (90, 90, 90)


def portrait(picture, box, width=300):
    """Cut a face out with some margin and print it at one size."""
    margin = 0.45 * box.width
    top, left = max(0, int(box.y - margin)), max(0, int(box.x - margin))
    crop = picture[top : int(box.y + box.height + margin), left : int(box.x + box.width + margin)]
    return cv2.resize(crop, (width, width * crop.shape[0] // crop.shape[1]))


def held(print_, degrees, bend=0.0):
    """What a camera two widths away sees of a print that covers `bend` radians of a cylinder."""
    height, width = print_.shape[:2]
    side, away = int(1.6 * max(height, width)), 2.0 * width
    ys, xs = (grid - side / 2 for grid in np.mgrid[0:side, 0:side].astype(np.float64))
    angle = np.deg2rad(degrees)
    if bend:
        radius = width / bend
        turns = np.linspace(-np.pi / 2, np.pi / 2, 4001)
        seen_at = away * radius * np.sin(turns) / (away + radius * (1 - np.cos(turns)))
        first, last = np.argmin(seen_at), np.argmax(seen_at) + 1
        turn = np.interp(xs, seen_at[first:last], turns[first:last], left=np.nan, right=np.nan)
        across, depth = radius * (turn - angle), away + radius * (1 - np.cos(turn))
    else:
        across = xs * away / (away * np.cos(angle) - xs * np.sin(angle))
        depth = away + across * np.sin(angle)
    where = ((across + width / 2), (ys / away * depth + height / 2))
    x, y = (np.nan_to_num(at, nan=-1e4).astype(np.float32) for at in where)
    return cv2.remap(print_, x, y, cv2.INTER_LINEAR, borderValue=GREY)
