#!/usr/bin/python3
# SPDX-License-Identifier: CC0-1.0
"""Make the sample collection of kho: pattern scans, drawn "photographs", a film,
two interviews with transcripts, documents and the odd files an archive meets.

Needs   Python 3.11, Pillow (Debian: python3-pil), ffmpeg, espeak-ng.
Run     /usr/bin/python3 samples/make_samples.py
        python3 may be another Python without Pillow, hence the full path.
Writes  samples/collection/ (emptied first) and samples/EXPECT.json.

The run is deterministic: fixed seeds, fixed dates, one encoder thread, bit-exact
ffmpeg. Two runs on one machine give the same bytes; other versions of Pillow,
ffmpeg or espeak-ng may encode differently, so EXPECT.json is written by the same run.

Fonts are not needed: the few letters seen in pictures and the text of the PDF are
drawn with a small stroke alphabet defined below (class Pen).

Every text here was written for this project; every person is invented.
"""

import csv
import hashlib
import io
import json
import math
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unicodedata
import urllib.parse
import wave
import zlib
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

HERE = Path(__file__).resolve().parent
OUT = HERE / "collection"
DPI = 300
CM = DPI / 2.54  # pixels per centimetre on the pattern sheets


def nfc(text):
    return unicodedata.normalize("NFC", text)


def nfd(text):
    return unicodedata.normalize("NFD", text)


# --------------------------------------------------------------------------- lettering

class Pen:
    """A single-line alphabet. One glyph is (width, strokes); a stroke is a run of points
    "x,y" and arcs "@cx,cy,rx,ry,from,to" in degrees. Baseline 0, x-height 5, capitals 7.2."""

    RAW = {
        " ": (1.6, ""),
        "a": (4, "@2,2.5,2,2.5,20,380; 4,5 4,0"), "b": (4, "0,7.4 0,0; @2,2.5,2,2.5,-200,160"),
        "c": (3.8, "@2.2,2.5,2.2,2.5,50,310"), "d": (4, "@2,2.5,2,2.5,20,380; 4,7.4 4,0"),
        "e": (4.2, "0.1,2.6 4.2,2.6 @2.1,2.5,2.1,2.5,2,310"), "f": (2.4, "@2.3,6.1,1.4,1.3,70,180 0.9,0; 0,4.8 2.3,4.8"),
        "g": (4, "@2,2.5,2,2.5,20,380; 4,5 4,-0.5 @2,-0.5,2,1.8,0,-150"),
        "h": (3.7, "0,7.4 0,0; @1.85,3,1.85,2,180,0 3.7,0"), "i": (0, "0,5 0,0; 0,6.9 0,7.1"), "ı": (0, "0,5 0,0"),
        "j": (1.2, "1.2,5 1.2,-1 @0,-1,1.2,1.3,0,-100; 1.2,6.9 1.2,7.1"), "k": (3.4, "0,7.4 0,0; 3.2,5 0,2.2; 1.2,3.2 3.4,0"),
        "l": (0, "0,7.4 0,0"), "m": (6.2, "0,5 0,0; @1.55,3.3,1.55,1.7,180,0 3.1,0; @4.65,3.3,1.55,1.7,180,0 6.2,0"),
        "n": (3.7, "0,5 0,0; @1.85,3,1.85,2,180,0 3.7,0"), "o": (4.4, "@2.2,2.5,2.2,2.5,90,450"),
        "p": (4, "0,5 0,-2.4; @2,2.5,2,2.5,-200,160"), "q": (4, "@2,2.5,2,2.5,20,380; 4,5 4,-2.4"),
        "r": (2.3, "0,5 0,0; @1.9,3.1,1.9,1.9,180,70"), "s": (3.2, "@1.6,3.75,1.5,1.25,40,270 @1.6,1.25,1.6,1.25,90,-140"),
        "t": (2.4, "0.9,6.8 0.9,1.2 @2.1,1.2,1.2,1.2,180,285; 0,5 2.4,5"), "u": (3.7, "0,5 0,2 @1.85,2,1.85,2,180,360 3.7,5; 3.7,2 3.7,0"),
        "v": (3.8, "0,5 1.9,0 3.8,5"), "w": (5.6, "0,5 1.4,0 2.8,5 4.2,0 5.6,5"), "x": (3.6, "0,5 3.6,0; 3.6,5 0,0"),
        "y": (3.8, "0,5 1.95,0.2; 3.8,5 1.1,-2.3"), "z": (3.4, "0,5 3.4,5 0,0 3.4,0"),
        "A": (5.4, "0,0 2.7,7.2 5.4,0; 0.9,2.4 4.5,2.4"), "B": (4.2, "0,3.8 2.2,3.8 @2.2,5.5,1.7,1.7,-90,90 0,7.2 0,0 2.3,0 @2.3,1.9,1.9,1.9,-90,90"),
        "C": (5.6, "@3.5,3.6,3.5,3.6,50,310"), "D": (5.2, "0,0 0,7.2 1.6,7.2 @1.6,3.6,3.6,3.6,90,-90 0,0"),
        "E": (3.8, "3.8,7.2 0,7.2 0,0 3.8,0; 0,3.8 3.3,3.8"), "F": (3.6, "3.6,7.2 0,7.2 0,0; 0,3.8 3.1,3.8"),
        "G": (6.2, "@3.5,3.6,3.5,3.6,50,340 6.8,3.3 4.2,3.3"), "H": (4.8, "0,7.2 0,0; 4.8,7.2 4.8,0; 0,3.8 4.8,3.8"),
        "I": (0, "0,7.2 0,0"), "J": (2.6, "2.6,7.2 2.6,1.6 @1.2,1.6,1.4,1.6,0,-150"), "K": (4.4, "0,7.2 0,0; 4.2,7.2 0,3; 1.4,4.2 4.4,0"),
        "L": (3.6, "0,7.2 0,0 3.6,0"), "M": (6, "0,0 0.4,7.2 3,1.6 5.6,7.2 6,0"), "N": (4.8, "0,0 0,7.2 4.8,0 4.8,7.2"),
        "O": (7, "@3.5,3.6,3.5,3.6,90,450"), "P": (4.1, "0,0 0,7.2 2.1,7.2 @2.1,5.2,2,2,90,-90 0,3.2"),
        "Q": (7, "@3.5,3.6,3.5,3.6,90,450; 4.6,1.6 6.8,-0.6"), "R": (4.4, "0,0 0,7.2 2.1,7.2 @2.1,5.3,1.9,1.9,90,-90 0,3.4; 2.1,3.4 4.4,0"),
        "S": (4.2, "@2.1,5.4,2,1.8,35,270 @2.1,1.8,2.1,1.8,90,-145"), "T": (5, "0,7.2 5,7.2; 2.5,7.2 2.5,0"),
        "U": (4.8, "0,7.2 0,2.4 @2.4,2.4,2.4,2.4,180,360 4.8,7.2"), "V": (5.2, "0,7.2 2.6,0 5.2,7.2"), "W": (7.6, "0,7.2 1.9,0 3.8,7.2 5.7,0 7.6,7.2"),
        "X": (4.8, "0,7.2 4.8,0; 4.8,7.2 0,0"), "Y": (5, "0,7.2 2.5,3.4 5,7.2; 2.5,3.4 2.5,0"), "Z": (4.6, "0,7.2 4.6,7.2 0,0 4.6,0"),
        "0": (4.2, "@2.1,3.6,2.1,3.6,90,450"), "1": (2, "0,5.8 1.6,7.2 1.6,0"), "2": (4, "@2,5.1,1.9,2.1,170,-35 0,0 4,0"),
        "3": (4, "@1.9,5.45,1.7,1.75,150,-90 @1.9,1.9,2,1.85,90,-150"), "4": (4.4, "3.2,0 3.2,7.2 0,2 4.4,2"),
        "5": (4, "3.6,7.2 0.6,7.2 0.3,3.9 @1.8,2.3,2.1,2.3,130,-150"), "6": (4.2, "3.2,7.2 0.4,3.4; @2.1,2.2,2.1,2.2,90,450"),
        "7": (4, "0,7.2 4,7.2 1.4,0"), "8": (4.2, "@2.1,5.5,1.7,1.7,90,450; @2.1,1.95,2.1,1.9,90,450"),
        "9": (4.2, "@2.1,5,2.1,2.2,90,450; 3.9,4 1.2,0"),
        ".": (0, "0,0 0,0.25"), ",": (0.4, "0.4,0.3 0,-1.2"), ":": (0, "0,0 0,0.25; 0,4 0,4.25"), ";": (0.4, "0.4,0.3 0,-1.2; 0.4,4 0.4,4.25"),
        "-": (2.2, "0,2.7 2.2,2.7"), "–": (4, "0,2.7 4,2.7"), "/": (3, "0,-0.8 3,7.6"), "(": (1.4, "@3,3.2,3,5,125,235"),
        ")": (1.4, "@-1.6,3.2,3,5,55,-55"), "!": (0, "0,7.2 0,2.2; 0,0 0,0.25"), "?": (3.2, "@1.6,5.6,1.6,1.6,170,-60 1.6,2.2; 1.6,0 1.6,0.25"),
        "%": (5.6, "0.6,0 5,7.2; @1.2,5.8,1.2,1.4,0,360; @4.4,1.4,1.2,1.4,0,360"), "·": (0, "0,2.7 0,2.9"),
    }
    MARKS = {"\u0302": "-1.35,5.9 0,7.1 1.35,5.9", "\u0306": "@0,7.0,1.3,1.0,190,350", "\u0301": "-0.4,5.9 0.7,7.3",
             "\u0300": "0.4,5.9 -0.7,7.3", "\u0309": "@0,6.9,0.7,0.6,150,-60 0,5.7", "\u0303": "@-0.7,6.1,0.7,0.7,170,20 @0.7,6.7,0.7,0.7,200,350",
             "\u0323": "0,-1.7 0,-1.45"}

    @staticmethod
    def strokes(spec):
        lines = []
        for part in spec.split(";"):
            pts = []
            for token in part.split():
                if token[0] == "@":
                    cx, cy, rx, ry, a, b = map(float, token[1:].split(","))
                    n = max(4, int(abs(b - a) / 15))
                    pts += [(cx + rx * math.cos(math.radians(a + (b - a) * i / n)),
                             cy + ry * math.sin(math.radians(a + (b - a) * i / n))) for i in range(n + 1)]
                else:
                    pts.append(tuple(map(float, token.split(","))))
            if pts:
                lines.append(pts)
        return lines

    @classmethod
    def glyph(cls, ch):
        """(advance, list of polylines) of one NFC character; advance includes side bearings."""
        parts = nfd(ch)
        base, marks = parts[0], parts[1:]
        if ch in "đĐ":
            base = "d" if ch == "đ" else "D"
        upper = base.isupper()
        high = [m for m in marks if m not in "\u0323\u031b"]
        shape = "ı" if base == "i" and high else base
        width, spec = cls.RAW[shape]
        lines = cls.strokes(spec)
        if ch == "đ":
            lines.append([(2.2, 6.2), (5.2, 6.2)])
        elif ch == "Đ":
            lines.append([(-0.9, 3.7), (2, 3.7)])
        centre = {"A": 2.7, "y": 2.0, "Y": 2.5}.get(base, width / 2)
        lift = 2.5 if upper else 0
        if "\u031b" in marks:  # the horn of ơ and ư
            x, y = (width - (0.55 if base in "oO" else 0), (4.4 if base in "oO" else 4.9) + (2.1 if upper else 0))
            lines.append([(x, y), (x + 0.9, y + 0.4), (x + 1.25, y + 1.5)])
            width += 0.7
        shape_mark = [m for m in high if m in "\u0302\u0306"]
        for m in marks:
            if m == "\u031b":
                continue
            dx, dy = centre, lift
            if m == "\u0323":
                dy = 0
            elif shape_mark and m not in shape_mark:  # tone above ^ or ˘
                if m == "\u0303":
                    dy += 1.5
                elif shape_mark[0] == "\u0302":
                    dx, dy = (centre - 1.7, lift + 1.1) if m == "\u0300" else (centre + 1.6, lift + 1.1)
                else:
                    dy += 1.5
            lines += [[(x + dx, y + dy) for x, y in line] for line in cls.strokes(cls.MARKS[m])]
        bearing = 0.95
        return width + 2 * bearing, [[(x + bearing, y) for x, y in line] for line in lines]

    @classmethod
    def width(cls, text):
        return sum(cls.glyph(c)[0] for c in nfc(text))

    @classmethod
    def write(cls, draw, x, y, text, size, fill, weight=0.7, anchor="l"):
        """Write with the baseline at y; size is the height of ten units in pixels."""
        s = size / 10
        if anchor != "l":
            x -= cls.width(text) * s * (0.5 if anchor == "m" else 1)
        for ch in nfc(text):
            adv, lines = cls.glyph(ch)
            for line in lines:
                stroke(draw, [(x + px * s, y - py * s) for px, py in line], fill, max(1, weight * s))
            x += adv * s
        return x


# --------------------------------------------------------------------------- drawing helpers

def stroke(draw, pts, fill, width):
    """A polyline with round joints and ends."""
    draw.line(pts, fill=fill, width=max(1, round(width)))
    r = width / 2
    if r >= 1:
        for x, y in pts:
            draw.ellipse([x - r, y - r, x + r, y + r], fill=fill)


def bezier(p0, p1, p2, p3, n=24):
    out = []
    for i in range(n + 1):
        t = i / n
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3
        out.append((a * p0[0] + b * p1[0] + c * p2[0] + d * p3[0], a * p0[1] + b * p1[1] + c * p2[1] + d * p3[1]))
    return out


def smooth(pts, closed=False, n=10):
    """A Catmull-Rom curve through the points."""
    m, out = len(pts), []
    for i in range(m if closed else m - 1):
        if closed:
            a, b, c, d = pts[i - 1], pts[i], pts[(i + 1) % m], pts[(i + 2) % m]
        else:
            a, b, c, d = pts[max(i - 1, 0)], pts[i], pts[i + 1], pts[min(i + 2, m - 1)]
        for k in range(n):
            t = k / n
            out.append(tuple(0.5 * (2 * b[j] + (c[j] - a[j]) * t + (2 * a[j] - 5 * b[j] + 4 * c[j] - d[j]) * t * t
                                    + (3 * b[j] - a[j] - 3 * c[j] + d[j]) * t ** 3) for j in (0, 1)))
    if not closed:
        out.append(pts[-1])
    return out


def spin(pts, angle, cx=0.0, cy=0.0, dx=0.0, dy=0.0, s=1.0):
    """Scale and turn points about the origin, then move them."""
    c, q = math.cos(angle) * s, math.sin(angle) * s
    return [(cx + dx + x * c - y * q, cy + dy + x * q + y * c) for x, y in pts]


def ring(draw, cx, cy, r, fill, width, r2=None, a0=0, a1=360):
    r2 = r2 or r
    n = max(16, int(abs(a1 - a0) / 4))
    stroke(draw, [(cx + r * math.cos(math.radians(a0 + (a1 - a0) * i / n)),
                   cy + r2 * math.sin(math.radians(a0 + (a1 - a0) * i / n))) for i in range(n + 1)], fill, width)


def disc(draw, cx, cy, r, fill, r2=None):
    r2 = r2 or r
    draw.ellipse([cx - r, cy - r2, cx + r, cy + r2], fill=fill)


def mix(a, b, t):
    t = min(1, max(0, t))
    return tuple(round(x + (y - x) * t) for x, y in zip(a, b))


def lit(c, k):
    return tuple(max(0, min(255, round(v * k))) for v in c)


def vertical(size, stops):
    """A vertical gradient through (position, colour) stops."""
    w, h = size
    strip = Image.new("RGB", (1, h))
    for y in range(h):
        t = y / (h - 1)
        for (p, a), (q, b) in zip(stops, stops[1:]):
            if t <= q:
                strip.putpixel((0, y), mix(a, b, (t - p) / (q - p)))
                break
    return strip.resize((w, h))


def halo(img, cx, cy, rx, ry, colour, strength=1.0):
    """Add a soft round light (screen)."""
    mask = Image.radial_gradient("L").point(  # 181 is the value at the middle of an edge
        lambda v: round(255 * max(0.0, 1 - (v / 181) ** 2) ** 2.2 * strength))
    mask = mask.resize((max(2, round(2 * rx)), max(2, round(2 * ry))))
    layer = Image.new("RGB", img.size)
    layer.paste(Image.new("RGB", mask.size, colour), (round(cx - rx), round(cy - ry)), mask)
    img.paste(ImageChops.screen(img, layer))


def shade(img, mask, colour, blur=0):
    """Lay a colour through a grey mask."""
    if blur:
        small = mask.reduce(4).filter(ImageFilter.GaussianBlur(blur / 4))
        mask = small.resize(mask.size, Image.BILINEAR)
    img.paste(Image.new("RGB", img.size, colour), (0, 0), mask)


def grain(img, seed, amount):
    """Film grain: seeded noise, softened, added to all channels alike."""
    w, h = img.size
    noise = Image.frombytes("L", (w, h), random.Random(seed).randbytes(w * h)).filter(ImageFilter.GaussianBlur(0.8))
    noise = noise.point(lambda v: max(0, min(255, round(128 + (v - 128) * amount))))
    noise = Image.merge("RGB", (noise,) * 3)
    return ImageChops.add(img, noise, 1, -128)


def vignette(img, strength=0.5):
    w, h = img.size
    g = Image.radial_gradient("L").resize((round(w * 1.5), round(h * 1.5)))
    g = g.crop(((g.width - w) // 2, (g.height - h) // 2, (g.width - w) // 2 + w, (g.height - h) // 2 + h))
    g = g.point(lambda v: round(strength * 255 * (v / 255) ** 2.2))
    img.paste(Image.new("RGB", img.size, (8, 6, 4)), (0, 0), g)


# --------------------------------------------------------------------------- EXIF

def exif(orientation, taken, description, maker="kho samples", model="draw 1"):
    """An EXIF block written by hand (little-endian TIFF: IFD0 and the Exif IFD)."""
    def pack(entries, start):
        head, tail = struct.pack("<H", len(entries)), b""
        data_at = start + 2 + 12 * len(entries) + 4
        for tag, kind, value in sorted(entries):
            if kind == 2:
                raw, count = value.encode("ascii") + b"\0", len(value) + 1
            elif kind == 3:
                raw, count = struct.pack("<H", value), 1
            elif kind == 4:
                raw, count = struct.pack("<I", value), 1
            elif kind == 5:
                raw, count = struct.pack("<II", *value), 1
            else:
                raw, count = value, len(value)
            if len(raw) > 4:
                cell = struct.pack("<I", data_at + len(tail))
                tail += raw + b"\0" * (len(raw) % 2)
            else:
                cell = raw.ljust(4, b"\0")
            head += struct.pack("<HHI", tag, kind, count) + cell
        return head + b"\0\0\0\0" + tail

    def ifd0(pointer):
        return pack([(0x010E, 2, description), (0x010F, 2, maker), (0x0110, 2, model), (0x0112, 3, orientation),
                     (0x011A, 5, (DPI, 1)), (0x011B, 5, (DPI, 1)), (0x0128, 3, 2), (0x0132, 2, taken),
                     (0x8298, 2, "CC0-1.0"), (0x8769, 4, pointer)], 8)

    sub = 8 + len(ifd0(0))
    more = [(0x9000, 7, b"0232"), (0x9003, 2, taken), (0x9004, 2, taken), (0x9011, 2, "+07:00"), (0xA001, 3, 1)]
    return b"Exif\0\0II*\0" + struct.pack("<I", 8) + ifd0(sub) + pack(more, sub)


TURN = {1: None, 3: Image.ROTATE_180, 6: Image.ROTATE_90, 8: Image.ROTATE_270}  # upright → stored


def save_jpeg(img, path, taken, description, orientation=1, quality=84):
    if TURN[orientation] is not None:
        img = img.transpose(TURN[orientation])
    img.save(path, "JPEG", quality=quality, subsampling="4:2:0", optimize=True, dpi=(DPI, DPI),
             exif=exif(orientation, taken, description))


# --------------------------------------------------------------------------- pattern sheets

PAPER, INK = (247, 240, 222), (46, 36, 30)
RED, INDIGO, GREEN = (165, 48, 38), (38, 62, 98), (62, 104, 84)
GOLD, STRAW, BROWN = (205, 158, 66), (226, 190, 126), (124, 76, 40)
SS = 3  # sheets are drawn three times larger and reduced


class Sheet:
    """A paper sheet with a framed pattern field, a name, a colour key and a true 5 cm bar."""

    def __init__(self, w, h, number, name, inks, margin=70, foot=118):
        self.size, self.number, self.name, self.inks = (w, h), number, name, inks
        self.img = Image.new("RGB", (w * SS, h * SS), PAPER)
        self.box = (margin, margin, w - margin, h - margin - foot + 20)
        self.fw, self.fh = (self.box[2] - self.box[0]) * SS, (self.box[3] - self.box[1]) * SS
        self.field = Image.new("RGB", (self.fw, self.fh), PAPER)
        self.draw = ImageDraw.Draw(self.field)

    def finish(self, colours=40):
        img, d = self.img, ImageDraw.Draw(self.img)
        x0, y0, x1, y1 = (v * SS for v in self.box)
        img.paste(self.field, (x0, y0))
        for gap, width in ((0, 3), (10, 1.2)):
            g = gap * SS
            d.rectangle([x0 - g, y0 - g, x1 + g, y1 + g], outline=INK, width=round(width * SS))
        base = (self.size[1] - 62) * SS
        length, tall = 5 * CM * SS, 11 * SS
        for i in range(5):
            a = x0 + i * CM * SS
            d.rectangle([a, base - tall, a + CM * SS, base], outline=INK, width=SS, fill=INK if i % 2 == 0 else PAPER)
        for i in range(6):
            Pen.write(d, x0 + i * CM * SS, base + 30 * SS, str(i), 22 * SS, INK, anchor="m")
        Pen.write(d, x0 + length + 12 * SS, base + 30 * SS, "cm", 22 * SS, INK)
        for i, ink in enumerate(self.inks):
            disc(d, x1 - (16 + 44 * i) * SS, base - 4 * SS, 15 * SS, ink)
            ring(d, x1 - (16 + 44 * i) * SS, base - 4 * SS, 15 * SS, INK, SS)
        right = x1 - (16 + 44 * len(self.inks)) * SS
        Pen.write(d, right, base + 4 * SS, self.name, 30 * SS, INK, 0.62, anchor="r")
        Pen.write(d, right, base + 38 * SS, "tờ %d" % self.number, 22 * SS, BROWN, anchor="r")
        out = img.reduce(SS)
        # few colours: true to a two- or three-ink print, and small in LZW or deflate
        return out.quantize(colours, method=Image.MEDIANCUT, dither=Image.NONE).convert("RGB") if colours else out


def twill(draw, x0, y0, cols, rows, pitch, over, warp, weft, ground, done=None, frac=1.0):
    """Strips woven by rule over(i, j) → weft above. done rows are laid; the next one by frac."""
    gap = pitch * 0.06
    done = rows if done is None else done
    right, bottom = x0 + cols * pitch, y0 + rows * pitch

    def strip(box, colour, upright):
        a, b, c, e = box
        draw.rectangle(box, fill=colour)
        w = (c - a) if upright else (e - b)
        for pos, k, wid in ((0.16, 1.16, 0.10), (0.5, 0.93, 0.05), (0.86, 0.80, 0.10)):
            if upright:
                draw.rectangle([a + w * (pos - wid / 2), b, a + w * (pos + wid / 2), e], fill=lit(colour, k))
            else:
                draw.rectangle([a, b + w * (pos - wid / 2), c, b + w * (pos + wid / 2)], fill=lit(colour, k))

    for i in range(cols):
        strip([x0 + i * pitch + gap, y0, x0 + (i + 1) * pitch - gap, bottom], warp, True)
    for j in range(min(rows, done + 1)):
        reach = cols if j < done else int(cols * frac)
        start = None
        for i in range(reach + 1):
            top = i < reach and over(i, j)
            if top and start is None:
                start = i
            if not top and start is not None:
                a, b = x0 + start * pitch - gap * 1.5, x0 + i * pitch + gap * 1.5
                y, e = y0 + j * pitch + gap, y0 + (j + 1) * pitch - gap
                draw.rectangle([a - gap, y, a + gap, e], fill=ground)
                draw.rectangle([b - gap, y, b + gap, e], fill=ground)
                strip([a + gap, y, b - gap, e], weft, False)
                start = None
        if j >= done and 0 < reach < cols:
            strip([x0 + reach * pitch, y0 + j * pitch + gap, x0 + reach * pitch + pitch * 2, y0 + (j + 1) * pitch - gap], weft, False)
    return right, bottom


def diamond_rule(cols, rows, span=16):
    """Two-over-two twill that turns back every `span` strips and so forms diamonds."""
    def fold(v):
        v %= 2 * span
        return v if v < span else 2 * span - 1 - v
    return lambda i, j: (fold(i) + fold(j)) % 4 < 2


def sheet_twill():
    s = Sheet(1500, 1160, 1, "đan lóng đôi, nan tre", (STRAW, BROWN))
    pitch = 20 * SS
    cols, rows = s.fw // pitch, s.fh // pitch
    s.draw.rectangle([0, 0, s.fw, s.fh], fill=(58, 36, 20))
    x, y = (s.fw - cols * pitch) // 2, (s.fh - rows * pitch) // 2
    twill(s.draw, x, y, cols, rows, pitch, diamond_rule(cols, rows, 17), STRAW, BROWN, (58, 36, 20))
    return s.finish(28)


def sheet_hexagon():
    s = Sheet(1400, 1100, 2, "đan mắt cáo", (STRAW, GREEN, BROWN))
    d, step, wide = s.draw, 74 * SS, 26 * SS
    d.rectangle([0, 0, s.fw, s.fh], fill=PAPER)
    reach = s.fw + s.fh
    dirs = [(math.cos(a), math.sin(a)) for a in (0, math.pi / 3, 2 * math.pi / 3)]
    tones = [STRAW, (150, 160, 92), (176, 120, 66)]

    def lath(k, n, a, b):
        ux, uy = dirs[k]
        ox, oy = s.fw / 2 - uy * n * step, s.fh / 2 + ux * n * step
        p, q = (ox + ux * a, oy + uy * a), (ox + ux * b, oy + uy * b)
        for off, w, tone in ((0, wide + 5 * SS, INK), (0, wide, tones[k]), (-0.28, wide * 0.12, lit(tones[k], 1.14)),
                             (0.3, wide * 0.14, lit(tones[k], 0.82))):
            dx, dy = -uy * wide * off, ux * wide * off
            d.line([p[0] + dx, p[1] + dy, q[0] + dx, q[1] + dy], fill=tone, width=round(w))

    # lines of one direction pass half-way between crossings of the other two → open hexagons
    count = int(reach / step) + 2
    for k in range(3):
        for n in range(-count, count):
            lath(k, n + 0.5, -reach, reach)
    # each direction passes over one neighbour and under the other: redo 0 over 2
    for n in range(-count, count):
        for m in range(-count, count):
            # the crossing of line n+0.5 of direction 0 with line m+0.5 of direction 2
            ux, uy = dirs[2]
            # point on line 0: (t, n') with n' = n+.5 ; on line 2: -uy*x + ux*y = m+.5 (in steps)
            t = (ux * (n + 0.5) - (m + 0.5)) / uy
            if abs(t * step) < s.fw / 2 + 200 * SS:
                lath(0, n + 0.5, t * step - wide * 0.9, t * step + wide * 0.9)
    return s.finish(40)


def petal(length, width, n=16):
    """A pointed petal from the origin along +x."""
    up = bezier((0, 0), (length * 0.25, -width * 0.75), (length * 0.72, -width * 0.72), (length, 0), n)
    return up + [(x, -y) for x, y in reversed(up)]


def rosette(d, cx, cy, scale, ink=INK):
    """A lotus seen from above."""
    for count, r0, length, width, turn, fill, edge in (
            (16, 0.50, 0.50, 0.24, 0.5, (86, 128, 100), ink), (16, 0.42, 0.50, 0.25, 0, (196, 92, 76), ink),
            (12, 0.30, 0.48, 0.25, 0.5, (222, 142, 118), ink), (8, 0.17, 0.42, 0.27, 0, (240, 190, 166), ink)):
        for i in range(count):
            a = 2 * math.pi * (i + turn) / count
            ox, oy = cx + math.cos(a) * r0 * scale, cy + math.sin(a) * r0 * scale
            shape = spin(petal(length * scale, width * scale), a, ox, oy)
            d.polygon(shape, fill=fill)
            stroke(d, shape + shape[:1], edge, scale * 0.009)
            for v in (-0.45, 0, 0.45):
                vein = [(length * scale * t, width * scale * 0.5 * v * math.sin(math.pi * t)) for t in (0.25, 0.4, 0.55, 0.7, 0.84)]
                stroke(d, spin(vein, a, ox, oy), lit(fill, 0.74), scale * 0.006)
    disc(d, cx, cy, scale * 0.225, GOLD)
    ring(d, cx, cy, scale * 0.225, ink, scale * 0.012)
    for count, r in ((1, 0), (6, 0.085), (12, 0.165)):
        for i in range(count):
            a = 2 * math.pi * i / count
            disc(d, cx + r * scale * math.cos(a), cy + r * scale * math.sin(a), scale * 0.026, ink)
            disc(d, cx + r * scale * math.cos(a), cy + r * scale * math.sin(a), scale * 0.014, (246, 220, 150))


def lotus_side(d, cx, cy, s, turn=0.0):
    """A lotus in profile, opening upwards (-y)."""
    def put(shape, fill):
        shape = spin(shape, turn, cx, cy)
        d.polygon(shape, fill=fill)
        stroke(d, shape + shape[:1], INK, s * 0.022)
    for a, l, w, fill in ((-168, 0.95, 0.34, (214, 126, 104)), (-12, 0.95, 0.34, (214, 126, 104)),
                          (-146, 1.05, 0.42, (222, 142, 118)), (-34, 1.05, 0.42, (222, 142, 118)),
                          (-120, 1.08, 0.46, (232, 168, 144)), (-60, 1.08, 0.46, (232, 168, 144)),
                          (-90, 1.12, 0.52, (243, 200, 178))):
        put(spin(petal(l * s, w * s), math.radians(a)), fill)
    for a in (-158, -22, -126, -54):
        put(spin(petal(0.46 * s, 0.26 * s), math.radians(a)), (118, 150, 112))


def tendril(d, cx, cy, s, turn, flip, fill, width):
    pts = [(s * 0.115 * t ** 1.15 * math.cos(t) / 3, flip * s * 0.115 * t ** 1.15 * math.sin(t) / 3) for t in [i * 0.22 for i in range(4, 46)]]
    stroke(d, spin(pts, turn, cx, cy), fill, width)
    return spin(pts, turn, cx, cy)[-1]


def sheet_lotus():
    s = Sheet(1500, 1160, 3, "hoa sen", (RED, GREEN, GOLD))
    d, cx, cy = s.draw, s.fw / 2, s.fh / 2
    d.rectangle([0, 0, s.fw, s.fh], fill=(243, 232, 206))
    # corner and side lotuses with leaf scrolls
    for sx in (-1, 1):
        for sy in (-1, 1):
            for k, (ox, oy, size, turn) in enumerate(((0.425, 0.35, 120, 0.72), (0.42, 0.0, 0, 0))):
                if not size:
                    continue
                px, py = cx + sx * s.fw * ox, cy + sy * s.fh * oy
                a = math.atan2(cy - py, cx - px) + math.pi / 2 + math.pi
                stem = smooth([(px, py), (px - sx * 90 * SS, py - sy * 10 * SS), (px - sx * 150 * SS, py - sy * 120 * SS), (px - sx * 60 * SS, py - sy * 235 * SS)])
                stroke(d, stem, GREEN, 6 * SS)
                for t, up in ((0.30, 1), (0.55, -1), (0.78, 1)):
                    x, y = stem[int(t * (len(stem) - 1))]
                    x2, y2 = stem[min(len(stem) - 1, int(t * (len(stem) - 1)) + 2)]
                    ang = math.atan2(y2 - y, x2 - x) + up * 0.9
                    leaf = spin(petal(82 * SS, 36 * SS), ang, x, y)
                    d.polygon(leaf, fill=(118, 150, 112))
                    stroke(d, leaf + leaf[:1], INK, 2.2 * SS)
                    stroke(d, spin([(0, 0), (70 * SS, 0)], ang, x, y), GREEN, 2.5 * SS)
                tendril(d, px - sx * 60 * SS, py - sy * 235 * SS, 112 * SS, math.radians(200 if sx > 0 else -20), sx * sy, GREEN, 5 * SS)
                lotus_side(d, px, py, size * SS, a + math.pi)
    # the roundel
    R = s.fh * 0.465
    disc(d, cx, cy, R, (46, 66, 92))
    ring(d, cx, cy, R, INK, 5 * SS)
    ring(d, cx, cy, R * 0.975, GOLD, 4 * SS)
    for i in range(48):
        a = 2 * math.pi * i / 48
        disc(d, cx + R * 0.94 * math.cos(a), cy + R * 0.94 * math.sin(a), R * 0.018, GOLD)
    ring(d, cx, cy, R * 0.905, GOLD, 3 * SS)
    rosette(d, cx, cy, R * 0.87)
    return s.finish(56)


def flower(d, cx, cy, r, fill, eye, edge):
    for i in range(8):
        shape = spin(petal(r, r * 0.42), math.pi * i / 4, cx, cy)
        d.polygon(shape, fill=fill)
        stroke(d, shape + shape[:1], edge, r * 0.04)
    disc(d, cx, cy, r * 0.26, edge)
    disc(d, cx, cy, r * 0.19, eye)


def sheet_brocade():
    s = Sheet(1500, 1160, 4, "gấm hình trám", (RED, GOLD, INDIGO))
    d = s.draw
    ground = (150, 40, 36)
    d.rectangle([0, 0, s.fw, s.fh], fill=ground)
    nx, ny = 6, 4
    tw, th = s.fw / nx, s.fh / ny
    for row in range(-1, 2 * ny + 2):
        for col in range(-1, nx + 2):
            cx, cy = (col + (0.5 if row % 2 else 0)) * tw, row * th / 2
            for k, tone in ((0.94, GOLD), (0.885, ground), (0.80, (196, 150, 70)), (0.765, INDIGO if row % 2 else (118, 28, 30)), (0.50, GOLD), (0.475, (240, 220, 170) if row % 2 else (86, 24, 26))):
                d.polygon([(cx - tw / 2 * k, cy), (cx, cy - th / 2 * k), (cx + tw / 2 * k, cy), (cx, cy + th / 2 * k)], fill=tone)
            # the key-fret steps between the two frames
            for side in range(4):
                ax, ay = ((-1, 0), (0, -1), (1, 0), (0, 1))[side]
                bx, by = ((0, -1), (1, 0), (0, 1), (-1, 0))[side]
                for t in (0.14, 0.32, 0.5, 0.68, 0.86):
                    px, py = ax + (bx - ax) * t, ay + (by - ay) * t
                    x, y = cx + px * tw / 2 * 0.635, cy + py * th / 2 * 0.635
                    k = 9 * SS
                    d.polygon([(x - k * 1.2, y), (x, y - k), (x + k * 1.2, y), (x, y + k)], fill=GOLD)
                    k = 4 * SS
                    d.polygon([(x - k * 1.2, y), (x, y - k), (x + k * 1.2, y), (x, y + k)], fill=ground)
            if row % 2:
                flower(d, cx, cy, th * 0.17, (186, 62, 50), GOLD, INK)
            else:
                flower(d, cx, cy, th * 0.17, GOLD, (240, 226, 186), (70, 26, 22))
    return s.finish(32)


def key(turns, unit):
    """A square spiral from the outside in, in units."""
    pts, x, y = [(0, 0)], 0, 0
    steps = []
    n = turns
    dirs = [(1, 0), (0, 1), (-1, 0), (0, -1)]
    length, k = n, 0
    while length > 0:
        for _ in range(2 if k else 1):
            dx, dy = dirs[k % 4]
            steps.append((dx * length, dy * length))
            k += 1
        length -= 1
    for dx, dy in steps:
        x, y = x + dx, y + dy
        pts.append((x, y))
    return [(a * unit, b * unit) for a, b in pts]


def sheet_meander():
    s = Sheet(1500, 1100, 5, "hồi văn", (INDIGO, RED, GOLD))
    d = s.draw
    d.rectangle([0, 0, s.fw, s.fh], fill=PAPER)
    unit = 13.5 * SS
    cell = unit * 8
    cols = round(s.fw / cell)
    unit, cell = unit * (s.fw / cols) / cell, s.fw / cols

    def band(y, ink, down, mirror):
        spiral = key(6, unit)
        for c in range(-1, cols + 1):
            x0 = c * cell + unit
            pts = [(x0 + px, y + py) for px, py in spiral]
            pts = [(x0 - 8 * unit, y + 7.2 * unit), (x0 - unit, y + 7.2 * unit), (x0 - unit, y)] + pts
            if not down:
                pts = [(px, 2 * y + 7.2 * unit - py) for px, py in pts]
            if mirror:
                pts = [(s.fw - px, py) for px, py in pts]
            stroke(d, pts, ink, unit * 0.5)

    def pearls(y, ink, dot):
        d.rectangle([0, y, s.fw, y + unit * 2], fill=ink)
        for i in range(cols * 4 + 1):
            disc(d, (i + 0.5) * cell / 4, y + unit, unit * 0.55, dot)

    rows = int((s.fh + 2 * unit) // (unit * 11.4))
    gap = (s.fh - rows * 7 * unit - (rows + 1) * 2 * unit) / (2 * rows)
    y = 0
    for r in range(rows + 1):
        pearls(y, (INDIGO, RED)[r % 2], (PAPER, GOLD)[r % 2])
        if r < rows:
            band(y + 2 * unit + gap, (RED, INDIGO)[r % 2], r % 2 == 0, r % 2 == 1)
        y += 9 * unit + 2 * gap
    return s.finish(32)


def sheet_waves():
    s = Sheet(1600, 1160, 6, "sóng nước, thủy ba", (INDIGO, GREEN, RED))
    d, w, h = s.draw, s.fw, s.fh
    sky = (246, 232, 200)
    d.rectangle([0, 0, w, h], fill=sky)
    # sun and cloud
    cx, cy = w * 0.5, h * 0.27
    for k, tone in ((1.16, (240, 206, 150)), (1.0, (190, 62, 44))):
        disc(d, cx, cy, h * 0.15 * k, tone)
    for sx in (-1, 1):
        for row, (y, x, span) in enumerate(((0.16, 0.30, 0.15), (0.235, 0.38, 0.21), (0.31, 0.25, 0.13))):
            px, py = cx + sx * w * x, h * y
            for k in range(3):
                a = py + k * 13 * SS
                stroke(d, [(px - w * span * (0.5 - 0.05 * k), a), (px + w * span * (0.5 - 0.08 * k), a)], INDIGO, 4.5 * SS)
            for e in (-1, 1):
                tendril(d, px + e * w * span * 0.5, py - 26 * SS, 118 * SS, math.radians(90), -e, INDIGO, 4.5 * SS)
    # three peaks of the hem: striped mountains
    for x, top, wid in ((0.36, 0.47, 0.13), (0.64, 0.47, 0.13), (0.5, 0.31, 0.15)):
        tones = [INDIGO, (92, 128, 150), (226, 214, 182), GREEN, (150, 178, 140), (226, 214, 182), RED, (222, 150, 110)]
        for i, tone in enumerate(tones):
            k = 1 - i * 0.11
            shape = smooth([(w * (x - wid * k), h * 1.02), (w * (x - wid * 0.62 * k), h * (top + (1 - k) * 0.62 + 0.20)), (w * (x - wid * 0.2 * k), h * (top + (1 - k) * 0.62 + 0.02)),
                            (w * x, h * (top + (1 - k) * 0.62)), (w * (x + wid * 0.2 * k), h * (top + (1 - k) * 0.62 + 0.02)), (w * (x + wid * 0.62 * k), h * (top + (1 - k) * 0.62 + 0.20)), (w * (x + wid * k), h * 1.02)])
            d.polygon(shape, fill=tone)
            stroke(d, shape, INK, 2 * SS)
    # curling crests
    for sx in (-1, 1):
        for x, size in ((0.435, 1.0), (0.27, 0.8), (0.115, 1.05)):
            px, py = w / 2 + sx * w * x, h * 0.605
            body = smooth([(px - sx * 150 * size * SS, py + 70 * SS), (px - sx * 70 * size * SS, py - 40 * size * SS), (px + sx * 20 * size * SS, py - 120 * size * SS),
                           (px + sx * 95 * size * SS, py - 100 * size * SS), (px + sx * 110 * size * SS, py - 50 * size * SS), (px + sx * 75 * size * SS, py - 30 * size * SS),
                           (px + sx * 62 * size * SS, py - 58 * size * SS), (px + sx * 36 * size * SS, py - 50 * size * SS), (px + sx * 26 * size * SS, py + 10 * size * SS), (px + sx * 90 * size * SS, py + 80 * SS)])
            d.polygon(body, fill=(70, 106, 140))
            stroke(d, body, INK, 3 * SS)
            for off in (0.72, 0.46):
                inner = [(px + (bx - px) * off - sx * 12 * SS, py + 12 * SS + (by - py) * off) for bx, by in body[:44]]
                stroke(d, inner, (232, 226, 206), 4 * SS)
            for i in range(5):
                fx, fy = px + sx * (118 - i * 34) * size * SS, py - (112 + 26 * math.sin(i * 0.8)) * size * SS
                disc(d, fx, fy, (13 - 1.6 * i) * size * SS, (250, 246, 230))
                ring(d, fx, fy, (13 - 1.6 * i) * size * SS, INK, 2 * SS)
    # rows of scalloped waves, the nearer over the farther
    r = w / 22
    rows = 9
    for row in range(rows):
        y = h * 0.635 + row * r * 0.56
        for c in range(-1, 24):
            x = (c + (0.5 if row % 2 else 0)) * 2 * r * 0.98
            tones = ((INDIGO, (232, 226, 206), (96, 132, 158), (232, 226, 206), (58, 92, 128)),
                     (GREEN, (234, 228, 204), (120, 156, 132), (234, 228, 204), (60, 104, 88)))[row % 3 == 1]
            for k, tone in zip((1.0, 0.9, 0.78, 0.52, 0.40), tones):
                disc(d, x, y + r * 0.55, r * k, tone)
            disc(d, x, y + r * 0.55, r * 0.16, (190, 62, 44))
    return s.finish(0)


def sheet_dragon():
    """A ‘hổ phù’ mask, drawn as one half and mirrored. Portrait."""
    s = Sheet(1120, 1500, 7, "mặt rồng", (RED, GOLD, GREEN))
    w, h = s.fw, s.fh
    half = Image.new("RGB", (w // 2, round(h * 1.05)), (244, 233, 206))
    d = ImageDraw.Draw(half)
    cx, k = w // 2, w / 1000  # the axis is the right edge of the half; k: thousandths of the field

    def P(*pts):
        return [(cx - x * k, y * k) for x, y in pts]

    def shape(pts, fill, width=5.0, closed=True, edge=INK):
        pts = smooth(P(*pts), closed=closed)
        d.polygon(pts, fill=fill)
        stroke(d, pts + (pts[:1] if closed else []), edge, width * k)

    def curl(x, y, size, turn, flip, ink, width):
        tendril(d, cx - x * k, y * k, size * k, math.radians(turn), flip, ink, width * k)

    def flame(x, y, length, wide, angle, fill, bend=0.35):
        up = bezier((0, -wide * 0.5), (length * 0.4, -wide * 0.7), (length * 0.6, wide * bend * 2), (length, wide * bend), 14)
        lo = bezier((length, wide * bend), (length * 0.7, wide * 0.9), (length * 0.35, wide * 0.9), (0, wide * 0.5), 14)
        pts = [(cx - px * k, py * k) for px, py in spin(up + lo, math.radians(angle), x, y)]
        d.polygon(pts, fill=fill)
        stroke(d, pts + pts[:1], INK, 4.5 * k)

    # aureole of flames
    for ring_r, tone, count, length in ((400, (186, 62, 48), 11, 150), (345, GOLD, 10, 130), (300, (92, 134, 106), 9, 120)):
        for i in range(count):
            a = -88 + 200 * i / (count - 1)
            x, y = ring_r * 0.80 * math.cos(math.radians(a)), 560 + ring_r * 1.0 * math.sin(math.radians(a))
            flame(x, y, length, 62, a - 10, tone, 0.5)
    # horns
    shape([(60, 330), (110, 250), (120, 170), (80, 95), (128, 110), (185, 190), (180, 280), (130, 345)], (232, 206, 150))
    for t in range(4):
        stroke(d, P((84 + 16 * t, 300 - 42 * t), (128 + 14 * t, 312 - 40 * t)), BROWN, 4 * k)
    # ears
    shape([(285, 420), (350, 360), (440, 340), (430, 420), (370, 480), (300, 490)], (186, 62, 48))
    shape([(312, 440), (360, 395), (410, 378), (400, 420), (360, 455)], (232, 170, 120), 3)
    # head
    shape([(-60, 285), (90, 290), (220, 350), (300, 460), (325, 580), (300, 690), (250, 770), (200, 850), (90, 905), (-60, 915)], (196, 150, 74), 6)
    # forehead: character-like lozenge and ridges
    for r, tone in ((74, INK), (68, RED), (52, GOLD), (46, RED)):
        d.polygon(P((0, 380 - r), (r * 0.9, 380), (0, 380 + r), (-r, 380)), fill=tone)
    disc(d, cx, 380 * k, 20 * k, GOLD)
    # brow
    shape([(40, 500), (90, 440), (190, 420), (285, 455), (330, 400), (325, 480), (265, 515), (180, 490), (110, 500), (60, 530)], (62, 104, 84))
    for x, y in ((110, 462), (165, 450), (220, 462)):
        curl(x, y + 8, 62, 0, 1, (226, 208, 150), 5)
    # eye
    shape([(80, 570), (130, 520), (200, 520), (250, 575), (200, 625), (130, 620)], (250, 244, 226), 6)
    disc(d, cx - 165 * k, 572 * k, 40 * k, RED)
    disc(d, cx - 165 * k, 572 * k, 24 * k, INK)
    disc(d, cx - 174 * k, 560 * k, 8 * k, PAPER)
    ring(d, cx - 165 * k, 572 * k, 40 * k, INK, 4 * k)
    # cheek curls
    for x, y, size, turn, flip in ((245, 690, 150, 30, 1), (290, 610, 90, 0, -1), (180, 735, 96, 60, 1)):
        curl(x, y, size, turn, flip, (120, 64, 34), 6.5)
    # nose
    shape([(-30, 560), (30, 560), (48, 620), (95, 655), (110, 700), (75, 730), (-30, 735)], (214, 120, 74), 5)
    shape([(38, 690), (60, 672), (88, 690), (70, 712), (46, 712)], INK, 2)
    curl(92, 690, 60, 180, -1, INK, 4.5)
    # mouth with teeth and fang
    shape([(-40, 745), (80, 752), (170, 735), (235, 745), (225, 800), (160, 850), (-40, 870)], (96, 22, 24), 6)
    shape([(-40, 800), (40, 800), (75, 830), (50, 855), (-40, 860)], (206, 80, 66), 3)
    for i in range(4):
        x = 6 + 40 * i
        pts = P((x, 748), (x + 34, 750), (x + 30, 782), (x + 17, 792), (x + 4, 782))
        d.polygon(pts, fill=(250, 244, 226))
        stroke(d, pts + pts[:1], INK, 3 * k)
    for pts in (P((172, 742), (206, 742), (214, 800), (190, 850), (184, 800)), P((112, 858), (140, 852), (150, 800), (128, 775), (118, 812))):
        pts = smooth(pts, True)
        d.polygon(pts, fill=(250, 244, 226))
        stroke(d, pts + pts[:1], INK, 3.5 * k)
    # whiskers
    for y0, x1, y1 in ((735, 470, 690), (760, 480, 800)):
        pts = smooth(P((150, y0), (260, y0 - 30), (370, y1 + 20), (440, y1 - 20), (x1, y1 - 70)))
        stroke(d, pts, INK, 15 * k)
        stroke(d, pts, GOLD, 8 * k)
    # beard flames
    for x, y, a, ln in ((210, 850, 62, 200), (160, 880, 74, 230), (105, 900, 82, 250), (45, 905, 90, 262)):
        flame(x, y, ln, 56, a, (62, 104, 84) if x in (210, 105) else (186, 62, 48), 0.4)
    flame(-2, 900, 270, 44, 92, GOLD, 0.0)
    # the roundel of the character Thọ, held under the chin, and water at the foot
    for i in range(7):
        y = 1232 + i * 26
        pts = [(cx - x * k, (y + 15 * math.sin((x + i * 42) / 27)) * k) for x in range(0, 505, 6)]
        stroke(d, pts, (INDIGO, GREEN)[i % 2], 6 * k)
    disc(d, cx, 1190 * k, 128 * k, INK)
    disc(d, cx, 1190 * k, 122 * k, GOLD)
    disc(d, cx, 1190 * k, 106 * k, RED)
    for y, x in ((-78, 34), (-52, 66), (-26, 84), (0, 92), (26, 84), (52, 62), (78, 34)):
        stroke(d, P((0, 1190 + y), (x - 8, 1190 + y)), (246, 226, 170), 8.5 * k)
    for x, y0, y1 in ((0, -78, 78), (44, -52, -26), (66, 0, 26), (40, 26, 52), (30, -26, 0)):
        stroke(d, P((x, 1190 + y0), (x, 1190 + y1)), (246, 226, 170), 8.5 * k)
    for i in range(3):  # claws
        a = math.radians(150 + 24 * i)
        x, y = -128 * math.cos(a), 1190 - 128 * math.sin(a) * -1 * -1
        flame(x + 44, y - 26, 74, 30, 150 + 10 * i, (250, 244, 226), 0.5)
    half = half.resize((w // 2, h), Image.LANCZOS)
    s.field.paste(half, (0, 0))
    s.field.paste(half.transpose(Image.FLIP_LEFT_RIGHT), (w - w // 2, 0))
    return s.finish(0)


def sheet_limeflower():
    s = Sheet(1200, 960, 8, "hoa chanh", (INDIGO, GOLD))
    d = s.draw
    d.rectangle([0, 0, s.fw, s.fh], fill=(240, 228, 198))
    nx = 7
    t = s.fw / nx
    ny = math.ceil(s.fh / t)
    for row in range(-1, ny + 1):
        for col in range(-1, nx + 1):
            x, y = (col + 0.5) * t, (row + 0.5) * t - (ny * t - s.fh) / 2
            for i in range(4):
                a = math.pi / 4 + i * math.pi / 2
                leaf = spin(petal(t * 0.70, t * 0.36), a, x, y)
                d.polygon(leaf, fill=(52, 80, 118) if (row + col) % 2 else (74, 112, 104))
                stroke(d, leaf + leaf[:1], INK, 2 * SS)
                leaf = spin(petal(t * 0.44, t * 0.16), a, x + math.cos(a) * t * 0.14, y + math.sin(a) * t * 0.14)
                d.polygon(leaf, fill=(240, 228, 198))
            flower(d, x, y, t * 0.15, GOLD, (250, 240, 208), INK)
            disc(d, x + t / 2, y, t * 0.075, RED)
            ring(d, x + t / 2, y, t * 0.075, INK, 2 * SS)
            disc(d, x, y + t / 2, t * 0.075, RED)
            ring(d, x, y + t / 2, t * 0.075, INK, 2 * SS)
    return s.finish(24)


# --------------------------------------------------------------------------- drawn photographs

PW, PH, PS = 1440, 960, 2  # photographs are drawn twice larger and reduced


def develop(img, seed, noise=0.10, dark=0.5):
    img = img.reduce(PS)
    vignette(img, dark)
    return grain(img, seed, noise)


TRAP = ((0.0, 0.60), (0.06, 0.50), (0.14, 0.58), (0.30, 0.86), (0.46, 1.0), (0.62, 0.93), (0.78, 0.66), (0.89, 0.34), (0.95, 0.24), (1.0, 0.30))


def curve_at(profile, t):
    """Radius at t by a smooth blend of the profile's points."""
    for (a, ra), (b, rb) in zip(profile, profile[1:]):
        if t <= b:
            u = (t - a) / (b - a)
            u = u * u * (3 - 2 * u)
            return ra + (rb - ra) * u
    return profile[-1][1]


def trap(d, x, y, angle, length, radius, k=0.26, ribs=44, rings=46, tone=(196, 138, 72), light=0.62, grow=1.0, seed=1):
    """A đó: mouth at (x, y), body running `length` in direction `angle`. k is the opening of
    the ellipses seen; light the direction of light across the body (0 … 1); grow the part woven."""
    rnd = random.Random(seed)
    ux, uy = math.cos(angle), math.sin(angle)
    vx, vy = -uy, ux

    def at(t, th, r):
        a, b = t * length + k * r * math.sin(th), r * math.cos(th)
        return (x + ux * a + vx * b, y + uy * a + vy * b)

    def radius_at(t):
        return curve_at(TRAP, t) * radius

    dark = lit(tone, 0.22)
    # inside of the mouth with its funnel
    r0 = radius_at(0)
    mouth = [at(0, 2 * math.pi * i / 60, r0) for i in range(60)]
    if grow > 0.05:
        d.polygon(mouth, fill=dark)
        for i in range(ribs):
            th = 2 * math.pi * (i + 0.5) / ribs
            p, q = at(0.0, th, r0 * 0.97), at(0.07, th, r0 * 0.30)
            d.line([p, q], fill=lit(tone, 0.55 + 0.35 * rnd.random()), width=max(1, round(radius * 0.018)))
        d.polygon([at(0.07, 2 * math.pi * i / 40, r0 * 0.24) for i in range(40)], fill=lit(tone, 0.12))
    # the front of the body: one small face per rib and ring
    tone_of = [0.90 + 0.2 * rnd.random() for _ in range(ribs)]
    last = int(rings * grow)
    for j in range(rings - 1, -1, -1):
        t0, t1 = j / rings, (j + 1) / rings
        woven = (rings - 1 - j) < last
        ra, rb = radius_at(t0), radius_at(t1)
        for i in range(ribs // 2 + 1):
            a0, a1 = math.pi * i / (ribs // 2 + 1), math.pi * (i + 1) / (ribs // 2 + 1)
            mid = (a0 + a1) / 2
            lamb = max(0.0, math.cos(mid - math.pi * light))
            shine = 0.30 + 0.78 * lamb + 0.16 * lamb ** 8
            over = (i + j) % 2
            if woven:
                base = lit(tone, shine * tone_of[i] * (1.06 if over else 0.72))
                d.polygon([at(t0, a0, ra), at(t0, a1, ra), at(t1, a1, rb), at(t1, a0, rb)], fill=base)
                if over:
                    d.line([at(t0 * 0.7 + t1 * 0.3, a0, ra), at(t0 * 0.7 + t1 * 0.3, a1, ra)], fill=lit(tone, shine * 1.30), width=max(1, round(radius * 0.008)))
                d.line([at(t0, a0, ra), at(t1, a0, rb)], fill=lit(tone, shine * 0.42), width=max(1, round(radius * 0.008)))
            else:  # bare ribs still waiting for the weave
                am = a0 + (a1 - a0) * 0.5
                d.line([at(t0, am, ra), at(t1, am, rb)], fill=lit(tone, shine * tone_of[i]), width=max(1, round(radius * 0.026)))
    # hoops
    for t, wid in ((0.0, 0.085), (0.065, 0.05), (0.30, 0.04), (0.46, 0.05), (0.62, 0.04), (0.95, 0.055), (1.0, 0.05)):
        if (1 - t) > grow and grow < 1 and t not in (0.46,):
            continue
        r = radius_at(t) * 1.015
        full = t == 0.0
        n = 72
        for i in range(n if full else n // 2):
            a0, a1 = 2 * math.pi * i / n, 2 * math.pi * (i + 1.15) / n
            lamb = max(0.0, math.cos((a0 + a1) / 2 - math.pi * light))
            twist = 1.1 if i % 3 else 0.62
            d.line([at(t, a0, r), at(t, a1, r)], fill=lit(tone, (0.42 + 0.8 * lamb) * twist), width=max(1, round(radius * wid)))


def trap_sprite(length, radius, tone, seed, light=0.6, ribs=30, rings=34, k=0.26):
    """A trap pointing right on a clear ground, for piles of traps."""
    w, h = round(length * 1.12), round(radius * 2.3)
    img = Image.new("RGBA", (w, h))
    trap(ImageDraw.Draw(img), length * 0.98, h / 2, math.pi, length * 0.92, radius, k, ribs, rings, tone, light, seed=seed)
    return img


def put(img, sprite, x, y, angle, scale=1.0):
    """Paste a sprite with its centre at (x, y), turned by angle (radians, clockwise on screen)."""
    if scale != 1:
        sprite = sprite.resize((round(sprite.width * scale), round(sprite.height * scale)), Image.BILINEAR)
    s = sprite.rotate(-math.degrees(angle), resample=Image.BICUBIC, expand=True)
    img.paste(s, (round(x - s.width / 2), round(y - s.height / 2)), s)


def soft_shadow(img, cx, cy, rx, ry, strength=0.6, blur=40):
    m = Image.new("L", img.size)
    disc(ImageDraw.Draw(m), cx, cy, rx, round(255 * strength), ry)
    shade(img, m, (18, 12, 8), blur)


def smoke(img, x, y, height, width, seed, colour=(214, 206, 196), strength=80, strands=5):
    """Rising strands of smoke."""
    rnd = random.Random(seed)
    m = Image.new("L", img.size)
    d = ImageDraw.Draw(m)
    for s in range(strands):
        ph, fr = rnd.random() * 6.28, 1.6 + rnd.random() * 1.6
        for i in range(70):
            t = i / 69
            px = x + width * (t ** 1.2) * math.sin(ph + fr * 4 * t) * 0.5 + (s - strands / 2) * width * 0.10 * t
            r = width * (0.035 + 0.16 * t)
            v = round(strength * (1 - t) ** 0.8 * (0.35 + 0.65 * math.sin(math.pi * min(1, t * 3 + 0.1)) if t < 0.3 else (1 - t) ** 0.8))
            box = [px - r, y - t * height - r * 1.5, px + r, y - t * height + r * 1.5]
            d.ellipse(box, fill=max(0, min(255, v)))
    shade(img, m, colour, 26 * PS)


def photo_trap():
    """One finished đó, one half woven and a bundle of splints in a courtyard."""
    w, h = PW * PS, PH * PS
    img = vertical((w, h), [(0, (206, 190, 158)), (0.62, (224, 208, 176)), (0.625, (150, 112, 82)), (1, (112, 76, 54))])
    d = ImageDraw.Draw(img)
    rnd = random.Random(11)
    # lime-washed wall: stains, and a low brick course
    for _ in range(90):
        x, y, r = rnd.random() * w, rnd.random() * h * 0.6, 30 + rnd.random() * 190
        m = Image.new("L", (w // 8, h // 8))
        disc(ImageDraw.Draw(m), x / 8, y / 8, r / 8, rnd.randrange(6, 16), r / 8 * (0.4 + rnd.random()))
        img.paste(Image.new("RGB", img.size, rnd.choice([(150, 132, 102), (240, 228, 200), (130, 120, 96)])), (0, 0), m.resize((w, h), Image.BILINEAR))
    # brick paving in perspective
    d = ImageDraw.Draw(img)
    rows = [0.625 + 0.375 * (i / 9) ** 1.7 for i in range(10)]
    for j in range(9):
        y0, y1 = rows[j] * h, rows[j + 1] * h
        z0, z1 = 0.45 + 1.2 * (rows[j] - 0.625) / 0.375, 0.45 + 1.2 * (rows[j + 1] - 0.625) / 0.375
        for i in range(-14, 15):
            a, b = i + (0.5 if j % 2 else 0), i + 1 + (0.5 if j % 2 else 0)
            tile = lit((158, 100, 72), 0.82 + 0.3 * rnd.random())
            d.polygon([(w / 2 + a * 230 * z0, y0), (w / 2 + b * 230 * z0, y0), (w / 2 + b * 230 * z1, y1), (w / 2 + a * 230 * z1, y1)], fill=tile, outline=(96, 66, 50))
    shade(img, vertical((w, h), [(0, (0, 0, 0)), (0.58, (0, 0, 0)), (0.628, (150, 150, 150)), (0.70, (40, 40, 40)), (1, (0, 0, 0))]).convert("L"), (52, 34, 24))
    # sun through leaves on the wall
    m = Image.new("L", (w, h))
    md = ImageDraw.Draw(m)
    md.polygon([(w * 0.02, 0), (w * 0.58, 0), (w * 1.02, h * 0.62), (w * 0.42, h * 0.62)], fill=120)
    for _ in range(150):
        x = rnd.random() * w
        y = rnd.random() * h * 0.62
        leaf = spin(petal(100 + rnd.random() * 120, 34), rnd.random() * 6.28, x, y)
        md.polygon(leaf, fill=rnd.choice([0, 0, 30]))
    shade(img, m, (255, 240, 196), 22)
    d = ImageDraw.Draw(img)
    # a bundle of splints leaning on the wall
    for i in range(46):
        x0 = w * 0.085 + i * 7 + rnd.random() * 12
        top = (x0 - 120 + rnd.random() * 210, h * (0.06 + 0.09 * rnd.random()))
        stroke(d, [(x0 + 60, h * 0.75 + rnd.random() * 26), top], lit((214, 186, 112), 0.66 + 0.46 * rnd.random()), 7)
    for y in (0.30, 0.60):
        xx = w * 0.085 + 40 + (0.75 - y) * -40
        d.polygon([(xx, y * h), (xx + 350, y * h - 6), (xx + 350, y * h + 20), (xx, y * h + 26)], fill=(112, 76, 42))
    # traps
    soft_shadow(img, w * 0.60, h * 0.875, w * 0.22, h * 0.042, 0.75, 60)
    soft_shadow(img, w * 0.36, h * 0.815, w * 0.10, h * 0.032, 0.7, 44)
    d = ImageDraw.Draw(img)
    trap(d, w * 0.345, h * 0.235, math.radians(92), h * 0.575, h * 0.165, 0.24, 38, 46, (214, 168, 96), 0.64, grow=0.52, seed=3)
    trap(d, w * 0.575, h * 0.13, math.radians(87), h * 0.735, h * 0.235, 0.26, 58, 66, (186, 116, 54), 0.66, seed=2)
    # one lying in front
    soft_shadow(img, w * 0.82, h * 0.905, w * 0.135, h * 0.04, 0.72, 46)
    d = ImageDraw.Draw(img)
    trap(d, w * 0.715, h * 0.842, math.radians(3), h * 0.36, h * 0.112, 0.42, 40, 40, (150, 88, 42), 0.70, seed=5)
    halo(img, w * 0.30, 0, w * 0.55, h * 0.8, (255, 226, 160), 0.32)
    return develop(img, 101, 0.10, 0.42)


def figure_wheel(d, cx, cy, r, ink, width):
    ring(d, cx, cy, r, ink, width)
    ring(d, cx, cy, r * 0.93, lit(ink, 1.5), width * 0.3)
    for i in range(18):
        a = math.pi * i / 9 + 0.1
        d.line([cx, cy, cx + r * math.cos(a), cy + r * math.sin(a)], fill=ink, width=3)
    disc(d, cx, cy, r * 0.09, ink)


def photo_bicycle():
    """A bicycle loaded with traps on the dyke road at daybreak."""
    w, h = PW * PS, PH * PS
    img = vertical((w, h), [(0, (88, 112, 142)), (0.22, (164, 158, 160)), (0.42, (236, 190, 140)), (0.56, (252, 222, 168)), (0.62, (226, 176, 124)),
                            (0.70, (128, 118, 92)), (1, (46, 48, 42))])
    halo(img, w * 0.73, h * 0.50, w * 0.44, h * 0.55, (255, 206, 130), 0.9)
    d = ImageDraw.Draw(img)
    disc(d, w * 0.73, h * 0.485, 92, (255, 246, 220))
    halo(img, w * 0.73, h * 0.485, 300, 300, (255, 236, 190), 0.9)
    rnd = random.Random(21)
    # far tree lines in mist
    for layer, (base, tall, tone) in enumerate(((0.600, 40, (208, 172, 136)), (0.622, 50, (170, 140, 114)), (0.648, 46, (122, 104, 86)))):
        d, x = ImageDraw.Draw(img), -40
        d.rectangle([0, base * h, w, h * 0.7], fill=tone)
        while x < w + 80:  # crowns of bamboo clumps and village trees on the flat delta
            swell = 0.45 + 0.55 * abs(math.sin(x / (330 + 90 * layer) + layer * 2))
            r = tall * swell * (0.35 + 0.5 * rnd.random())
            disc(d, x, base * h - tall * swell * rnd.random() * 0.9, r * 1.25, tone, r)
            x += 9 + rnd.random() * 20
        shade(img, vertical((w, h), [(0, (0, 0, 0)), (base - 0.04, (0, 0, 0)), (base + 0.015, (120, 120, 120)), (base + 0.06, (0, 0, 0)), (1, (0, 0, 0))]).convert("L"), (250, 216, 166))
    d = ImageDraw.Draw(img)
    # areca palms
    for px, tall in ((0.075, 0.40), (0.115, 0.33), (0.935, 0.36)):
        x, y = w * px, h * 0.64
        stroke(d, smooth([(x, y), (x + 8, y - h * tall * 0.5), (x - 6, y - h * tall)]), (84, 70, 58), 15)
        for i in range(11):
            a = math.radians(-178 + i * 17.6)
            fr = [(x - 6, y - h * tall), (x - 6 + math.cos(a) * 90, y - h * tall + math.sin(a) * 80 - 16), (x - 6 + math.cos(a) * 176, y - h * tall + math.sin(a) * 96 + 70)]
            c = smooth(fr, n=8)
            for q, (fx, fy) in enumerate(c):
                d.line([fx, fy, fx + 10, fy + 40 - abs(q - 8) * 2], fill=(84, 74, 60), width=5)
            stroke(d, c, (78, 68, 56), 6)
    # still water and its glitter
    d.rectangle([0, h * 0.655, w, h * 0.80], fill=(190, 152, 112))
    img.paste(img.crop((0, round(h * 0.51), w, round(h * 0.655))).transpose(Image.FLIP_TOP_BOTTOM).filter(ImageFilter.GaussianBlur(6)), (0, round(h * 0.655)))
    d = ImageDraw.Draw(img)
    for _ in range(420):
        y = h * (0.657 + 0.145 * rnd.random() ** 0.8)
        x = w * 0.73 + rnd.gauss(0, 1) * w * (0.03 + (y / h - 0.65) * 1.7)
        d.line([x, y, x + 24 + rnd.random() * 90, y], fill=mix((255, 232, 178), (212, 164, 110), rnd.random()), width=rnd.randrange(2, 5))
    for _ in range(240):
        y = h * (0.66 + 0.14 * rnd.random())
        x = rnd.random() * w
        d.line([x, y, x + 60 + rnd.random() * 160, y], fill=mix((150, 122, 96), (206, 166, 122), rnd.random()), width=2)
    # the road bank
    bank = smooth([(0, h * 0.80), (w * 0.3, h * 0.795), (w * 0.7, h * 0.80), (w, h * 0.79)])
    d.polygon([(0, h)] + bank + [(w, h)], fill=(50, 46, 36))
    d.polygon([(0, h * 0.90), (w, h * 0.885), (w, h * 0.965), (0, h * 0.985)], fill=(98, 82, 62))
    for _ in range(900):
        x, y = rnd.random() * w, h * (0.80 + 0.2 * rnd.random())
        if h * 0.885 < y < h * 0.985:
            d.line([x, y, x + rnd.random() * 60, y], fill=lit((98, 82, 62), 0.8 + 0.45 * rnd.random()), width=3)
        else:
            d.line([x, y, x + rnd.gauss(0, 12), y - 16 - rnd.random() * 40], fill=lit((70, 66, 44), 0.6 + 0.8 * rnd.random()), width=3)
    # bicycle
    gy, r = h * 0.925, h * 0.135
    bx, fx = w * 0.335, w * 0.575
    ink = (26, 22, 20)
    soft_shadow(img, w * 0.44, gy + 10, w * 0.25, 30, 0.8, 30)
    d = ImageDraw.Draw(img)
    for cx in (bx, fx):
        figure_wheel(d, cx, gy - r, r, ink, 15)
    hub, seat, head, bar = (w * 0.435, gy - r * 0.95), (w * 0.405, gy - r * 2.42), (w * 0.535, gy - r * 2.36), (w * 0.522, gy - r * 2.86)
    for a, b in ((hub, seat), (hub, head), (seat, head), ((bx, gy - r), hub), ((bx, gy - r), seat), ((fx, gy - r), head), (head, bar)):
        stroke(d, [a, b], ink, 17)
    stroke(d, [bar, (bar[0] - 62, bar[1] + 14)], ink, 16)
    ring(d, hub[0], hub[1], 40, ink, 12)
    # rider: trousers, tunic, conical hat
    hip, knee, foot = (seat[0] + 6, seat[1] - 26), (w * 0.473, gy - r * 1.74), (hub[0] + 54, gy - r * 0.55)
    stroke(d, [hip, knee, foot], (34, 30, 30), 66)
    stroke(d, [foot, (foot[0] + 66, foot[1] + 8)], (30, 26, 24), 30)
    knee2, foot2 = (w * 0.462, gy - r * 1.42), (hub[0] - 20, gy - r * 0.28)
    stroke(d, [hip, knee2, foot2], (26, 23, 23), 60)
    shoulder = (seat[0] + 92, seat[1] - 322)
    torso = smooth([(hip[0] - 62, hip[1] + 36), (hip[0] - 74, hip[1] - 90), (shoulder[0] - 70, shoulder[1] + 20), (shoulder[0] + 24, shoulder[1] - 6),
                    (shoulder[0] + 50, shoulder[1] + 70), (hip[0] + 76, hip[1] - 60), (hip[0] + 66, hip[1] + 36)], closed=True)
    d.polygon(torso, fill=(72, 48, 40))
    edge = [(shoulder[0] + 46, shoulder[1] + 30), (shoulder[0] + 56, shoulder[1] + 90), (hip[0] + 84, hip[1] - 60), (hip[0] + 70, hip[1] + 26)]
    stroke(d, smooth(edge), (206, 140, 92), 9)
    stroke(d, smooth([shoulder, (shoulder[0] + 96, shoulder[1] + 150), (bar[0] - 62, bar[1] + 12)]), (62, 42, 36), 46)
    disc(d, bar[0] - 60, bar[1] + 12, 24, (120, 82, 62))
    # pile of traps: far ring first, nearest last, pointing outwards from the load's heart
    sprites = [trap_sprite(330, 84, tone, i, light) for i, (tone, light) in enumerate(
        (((168, 106, 54), 0.32), ((190, 128, 68), 0.30), ((140, 86, 44), 0.34), ((206, 150, 86), 0.30)))]
    cx, cy = w * 0.285, h * 0.545
    spots = []
    for rr, n, off in ((1.0, 30, 0.1), (0.74, 24, 0.5), (0.48, 17, 0.2), (0.22, 9, 0.4)):
        for i in range(n):
            a = math.pi * 2 * (i + off) / n
            spots.append((rr, a))
    for rr, a in spots:
        x = cx + math.cos(a) * rr * w * 0.185 + rnd.gauss(0, 7)
        y = cy + math.sin(a) * rr * h * 0.315 + rnd.gauss(0, 7)
        if y > gy - r * 0.85 or (x > w * 0.44 and y > h * 0.42):
            continue
        s = sprites[rnd.randrange(4)]
        put(img, s, x, y, a + math.pi * 0 + rnd.gauss(0, 0.10), 0.86 + 0.12 * rnd.random())
    d = ImageDraw.Draw(img)
    # head and hat over the load
    disc(d, shoulder[0] + 26, shoulder[1] - 62, 50, (112, 76, 56), 58)
    hatx, haty = shoulder[0] + 22, shoulder[1] - 96
    d.polygon(spin([(-172, 34), (0, -128), (172, 34), (90, 56), (-90, 56)], 0.10, hatx, haty), fill=(206, 176, 118))
    d.polygon(spin([(0, -128), (172, 34), (90, 56), (20, 58)], 0.10, hatx, haty), fill=(240, 212, 150))
    for t in range(1, 7):
        stroke(d, spin([(-172 * t / 7, -128 + 162 * t / 7), (0, -128 + 180 * t / 7), (172 * t / 7, -128 + 162 * t / 7)], 0.10, hatx, haty), (160, 126, 78), 3)
    halo(img, w * 0.73, h * 0.48, w * 0.6, h * 0.7, (255, 190, 110), 0.28)
    return develop(img, 102, 0.12, 0.5)


def hand(d, wrist, knuckles, tips, skin, size):
    """A simple hand: forearm end, palm and fingers as rounded bars with a lit upper side."""
    for part, k in ((0, 0.62), (1, 1.0)):
        off = 0 if part == 0 else -size * 0.10
        tone = lit(skin, k)
        grow = 1.16 if part == 0 else 0.94
        kx, ky = sum(p[0] for p in knuckles) / len(knuckles), sum(p[1] for p in knuckles) / len(knuckles)
        stroke(d, [(wrist[0], wrist[1] + off), (kx, ky + off)], tone, size * 2.3 * grow)
        for kn in knuckles:  # the palm spreads from the wrist to every knuckle
            palm = [(wrist[0] + (kn[0] - wrist[0]) * u / 6, wrist[1] + (kn[1] - wrist[1]) * u / 6 + off) for u in range(7)]
            stroke(d, palm, tone, size * 1.25 * grow)
        for kn, mid_tip in zip(knuckles, tips):
            mid, tip = mid_tip
            stroke(d, smooth([(kn[0], kn[1] + off), (mid[0], mid[1] + off), (tip[0], tip[1] + off)], n=6), tone, size * 0.80 * grow)
    for mid, tip in tips:
        stroke(d, [(tip[0], tip[1] - size * 0.12), (tip[0] + (tip[0] - mid[0]) * 0.12, tip[1] - size * 0.12 + (tip[1] - mid[1]) * 0.12)], lit(skin, 1.22), size * 0.34)
        stroke(d, [(mid[0] - size * 0.16, mid[1] - size * 0.3), (mid[0] + size * 0.16, mid[1] - size * 0.3)], lit(skin, 0.8), size * 0.07)


def photo_hands():
    """Two hands drawing a splint through the ribs of a trap."""
    w, h = PW * PS, PH * PS
    img = vertical((w, h), [(0, (46, 38, 30)), (0.5, (78, 58, 42)), (1, (40, 28, 20))])
    rnd = random.Random(31)
    for _ in range(26):  # soft lights behind
        x, y, r = rnd.random() * w, rnd.random() * h * 0.7, 60 + rnd.random() * 170
        halo(img, x, y, r, r, rnd.choice([(120, 96, 60), (90, 100, 64), (150, 116, 70)]), 0.35)
    halo(img, w * 0.18, h * 0.1, w * 0.6, h * 0.8, (255, 214, 150), 0.5)
    d = ImageDraw.Draw(img)
    # tunic in the background
    d.polygon(smooth([(w * 0.30, h * 1.1), (w * 0.36, h * 0.42), (w * 0.52, h * 0.08), (w * 0.74, h * 0.02), (w * 0.98, h * 0.22), (w * 1.1, h * 1.1)]), fill=(70, 42, 36))
    for i in range(7):
        x = w * (0.52 + 0.06 * i)
        stroke(d, smooth([(x, h * (0.12 + 0.02 * i)), (x - 30 + 16 * i, h * 0.45), (x - 50 + 20 * i, h * 1.0)]), lit((70, 42, 36), 0.78 if i % 2 else 1.2), 16)
    img.paste(img.reduce(4).filter(ImageFilter.GaussianBlur(5)).resize((w, h), Image.BILINEAR))
    d = ImageDraw.Draw(img)
    # the trap: woven from the left, ribs fanning out to the right
    x0, y0, n = w * 0.70, h * 0.53, 40

    def body(t, th):  # t 0 left … 1 right
        r = h * (0.20 + 0.115 * math.sin(math.pi * (0.10 + 0.62 * t)) + (0.10 * max(0, t - 0.62) ** 1.2))
        x = w * (-0.06 + 1.02 * t) + 0.24 * r * math.sin(th)
        return (x, y0 + h * 0.03 - r * math.cos(th) * 1.28 + h * 0.02 * t)

    rows, woven = 92, 0.60
    tones = [0.86 + 0.26 * rnd.random() for _ in range(n)]
    base = (208, 156, 86)
    back = [body(i / 30, math.pi * 0.02) for i in range(31)] + [body(i / 30, math.pi * 0.98) for i in range(30, -1, -1)]
    d.polygon([p for p in back], fill=(40, 26, 16))
    for i in range(n):  # ribs beyond the weave
        th = math.pi * (i + 0.5) / n
        lamb = max(0, math.cos(th - math.pi * 0.30))
        pts = [body(woven + (1.06 - woven) * q / 12, th) for q in range(13)]
        stroke(d, pts, lit(base, (0.34 + 0.8 * lamb) * tones[i] * 0.7), 15)
        stroke(d, [(x, y - 3) for x, y in pts], lit(base, (0.34 + 0.8 * lamb) * tones[i]), 9)
    for j in range(rows):
        t0, t1 = woven * j / rows, woven * (j + 1) / rows
        for i in range(n):
            a0, a1 = math.pi * i / n, math.pi * (i + 1) / n
            lamb = max(0, math.cos((a0 + a1) / 2 - math.pi * 0.30))
            sh = (0.26 + 0.86 * lamb + 0.14 * lamb ** 10) * tones[i]
            over = (i + j) % 2
            d.polygon([body(t0, a0), body(t0, a1), body(t1, a1), body(t1, a0)], fill=lit(base, sh * (1.05 if over else 0.66)))
            if over:
                p, q = body((t0 * 2 + t1) / 3, a0), body((t0 * 2 + t1) / 3, a1)
                d.line([p, q], fill=lit(base, sh * 1.28), width=4)
            d.line([body(t0, a0), body(t1, a0)], fill=lit(base, sh * 0.36), width=3)
    for t, wd in ((0.30, 30), (woven, 20), (0.97, 34)):  # hoops
        for i in range(60):
            a0, a1 = math.pi * i / 60, math.pi * (i + 1.2) / 60
            lamb = max(0, math.cos(a0 - math.pi * 0.30))
            d.line([body(t, a0), body(t, a1)], fill=lit((176, 118, 58), (0.4 + 0.85 * lamb) * (0.6 if i % 3 == 0 else 1.1)), width=wd)
    # the working splint
    sp = smooth([body(woven + 0.006, math.pi * 0.30), body(woven + 0.012, math.pi * 0.45), body(woven + 0.03, math.pi * 0.60), (w * 0.70, h * 0.74), (w * 0.86, h * 0.80), (w * 1.02, h * 0.70)], n=14)
    stroke(d, [(x, y + 8) for x, y in sp], (60, 36, 20), 26)
    stroke(d, sp, (226, 192, 122), 21)
    stroke(d, [(x, y - 5) for x, y in sp], (250, 226, 166), 6)
    # sleeves and hands
    skin = (176, 118, 84)
    for a, b, wd in (((w * 0.12, h * 1.10), (w * 0.345, h * 0.80), 300), ((w * 1.05, h * 0.98), (w * 0.835, h * 0.86), 290)):
        stroke(d, [a, b], (52, 30, 26), wd)
        stroke(d, [(a[0], a[1] - 26), (b[0], b[1] - 22)], (92, 56, 46), wd * 0.8)
    s = 62
    hand(d, (w * 0.365, h * 0.78), [(w * 0.438, h * 0.655), (w * 0.452, h * 0.70), (w * 0.452, h * 0.745), (w * 0.44, h * 0.79)],
         [((w * 0.50, h * 0.565), (w * 0.553, h * 0.555)), ((w * 0.517, h * 0.625), (w * 0.563, h * 0.618)), ((w * 0.517, h * 0.685), (w * 0.556, h * 0.680)), ((w * 0.50, h * 0.74), (w * 0.535, h * 0.735))], skin, s)
    hand(d, (w * 0.80, h * 0.83), [(w * 0.722, h * 0.70), (w * 0.708, h * 0.745), (w * 0.71, h * 0.79), (w * 0.722, h * 0.835)],
         [((w * 0.672, h * 0.615), (w * 0.632, h * 0.640)), ((w * 0.652, h * 0.675), (w * 0.622, h * 0.700)), ((w * 0.655, h * 0.735), (w * 0.628, h * 0.755)), ((w * 0.668, h * 0.795), (w * 0.642, h * 0.812))], lit(skin, 0.95), s)
    halo(img, w * 0.2, 0, w * 0.7, h * 0.9, (255, 216, 150), 0.30)
    return develop(img, 103, 0.12, 0.6)


def photo_kitchen():
    """Traps on the rack over the kitchen hearth, in the smoke. Portrait."""
    w, h = 960 * PS, 1320 * PS
    img = vertical((w, h), [(0, (22, 16, 13)), (0.4, (44, 30, 22)), (0.75, (66, 40, 26)), (1, (24, 16, 12))])
    rnd = random.Random(41)
    d = ImageDraw.Draw(img)
    # mud wall with wattle showing, soot above
    for i in range(26):
        y = h * (0.05 + 0.032 * i)
        stroke(d, smooth([(x * w / 6, y + rnd.gauss(0, 6)) for x in range(7)], n=6), lit((60, 42, 30), 0.8 + 0.35 * rnd.random()), 10)
    for i in range(12):
        x = w * (0.02 + 0.088 * i)
        stroke(d, [(x, 0), (x + rnd.gauss(0, 14), h * 0.86)], lit((56, 38, 26), 0.8 + 0.3 * rnd.random()), 14)
    img.paste(img.reduce(4).filter(ImageFilter.GaussianBlur(3)).resize((w, h), Image.BILINEAR))
    # window with slats on the left and its beams
    d = ImageDraw.Draw(img)
    d.rectangle([w * 0.05, h * 0.43, w * 0.25, h * 0.60], fill=(226, 232, 220))
    for i in range(7):
        x = w * (0.05 + 0.2 * i / 6)
        stroke(d, [(x, h * 0.425), (x, h * 0.605)], (30, 22, 16), 17)
    d.rectangle([w * 0.035, h * 0.418, w * 0.265, h * 0.612], outline=(34, 24, 18), width=30)
    m = Image.new("L", img.size)
    md = ImageDraw.Draw(m)
    for i in range(6):
        x = w * (0.055 + 0.2 * i / 6)
        md.polygon([(x, h * 0.43), (x + w * 0.026, h * 0.43), (x + w * 0.70, h * 0.98), (x + w * 0.55, h * 0.98)], fill=44)
    shade(img, m, (216, 224, 210), 26)
    halo(img, w * 0.15, h * 0.515, w * 0.30, h * 0.22, (196, 206, 196), 0.55)
    # hearth glow
    halo(img, w * 0.56, h * 0.84, w * 0.75, h * 0.52, (255, 132, 40), 0.85)
    d = ImageDraw.Draw(img)
    d.polygon([(0, h * 0.90), (w, h * 0.885), (w, h), (0, h)], fill=(50, 32, 22))
    halo(img, w * 0.56, h * 0.905, w * 0.55, h * 0.10, (255, 140, 50), 0.75)
    # trivet, pot, burning sticks
    d = ImageDraw.Draw(img)
    for i in range(11):
        a = math.radians(200 + i * 14 + rnd.gauss(0, 3))
        stroke(d, [(w * 0.56 + math.cos(a) * 40, h * 0.915), (w * 0.56 - math.cos(a) * -w * 0.24, h * 0.915 + abs(math.sin(a)) * 70)], (44, 28, 20), 28)
    for i in range(60):
        x = w * 0.56 + rnd.gauss(0, 96)
        tall = h * (0.04 + 0.085 * rnd.random()) * max(0.3, 1 - abs(x - w * 0.56) / 330)
        tone = rnd.choice([(255, 214, 110), (255, 170, 60), (250, 120, 36)])
        wob = rnd.gauss(0, 24)
        d.polygon(smooth([(x - 26, h * 0.918), (x - 20 + wob * 0.3, h * 0.918 - tall * 0.5), (x + wob, h * 0.918 - tall), (x + 18 + wob * 0.2, h * 0.918 - tall * 0.45), (x + 26, h * 0.918)], n=6), fill=tone)
    halo(img, w * 0.56, h * 0.885, 300, 220, (255, 200, 100), 0.7)
    d = ImageDraw.Draw(img)
    for dx in (-190, 0, 190):
        stroke(d, [(w * 0.56 + dx, h * 0.845), (w * 0.56 + dx * 1.18, h * 0.93)], (24, 18, 16), 24)
    pot = [(w * 0.56 - 210, h * 0.745), (w * 0.56 - 235, h * 0.79), (w * 0.56 - 180, h * 0.836), (w * 0.56, h * 0.852), (w * 0.56 + 180, h * 0.836), (w * 0.56 + 235, h * 0.79), (w * 0.56 + 210, h * 0.745)]
    d.polygon(smooth(pot, closed=True), fill=(28, 22, 20))
    stroke(d, smooth(pot[1:6])[4:-4], (150, 76, 34), 9)
    disc(d, w * 0.56, h * 0.744, 222, (52, 42, 38), 40)
    disc(d, w * 0.56, h * 0.738, 190, (34, 28, 26), 30)
    stroke(d, [(w * 0.56 - 30, h * 0.722), (w * 0.56 + 30, h * 0.722)], (60, 48, 42), 24)
    # the rack and its traps
    pole = (86, 56, 34)

    def bamboo(y, thick, tone):
        d.rectangle([0, y, w, y + thick], fill=lit(tone, 0.7))
        d.rectangle([0, y + thick * 0.62, w, y + thick * 0.88], fill=lit(tone, 1.7))
        for i in range(8):
            x = w * (0.06 + 0.135 * i + 0.02 * (i % 2))
            d.rectangle([x, y - 3, x + 10, y + thick + 3], fill=lit(tone, 0.45))
    for x in (0.13, 0.90):
        stroke(d, [(w * x, 0), (w * x, h * 0.40)], (58, 38, 26), 15)
    bamboo(h * 0.195, 44, lit(pole, 0.7))
    tones = [(120, 66, 32), (98, 54, 28), (140, 82, 40), (84, 48, 27)]
    for row, (y, n, sc) in enumerate(((0.143, 6, 0.86), (0.311, 6, 0.98))):
        for i in range(n):
            sprite = trap_sprite(500, 142, tones[(i + row) % 4], 50 + i + row * 9, 0.86, 34, 40, 0.30)
            put(img, sprite, w * (0.02 + (1.0 / n) * (i + 0.46)) + rnd.gauss(0, 8), h * y + rnd.gauss(0, 7), math.pi / 2 * (1 if (i + row) % 3 else 1) + rnd.gauss(0, 0.05) + (math.pi if i % 2 else 0), sc * 0.72)
    d = ImageDraw.Draw(img)
    bamboo(h * 0.372, 54, pole)
    for i in range(24):  # cross laths
        x = w * (0.01 + 0.042 * i)
        d.line([x, h * 0.398, x + 20, h * 0.418], fill=(70, 44, 28), width=12)
    bamboo(h * 0.412, 40, lit(pole, 0.9))
    smoke(img, w * 0.52, h * 0.74, h * 0.66, w * 0.52, 42, (206, 190, 172), 120, 7)
    smoke(img, w * 0.64, h * 0.80, h * 0.74, w * 0.42, 43, (196, 182, 168), 96, 5)
    halo(img, w * 0.56, h * 0.70, w * 0.8, h * 0.45, (255, 130, 50), 0.26)
    d = ImageDraw.Draw(img)
    for _ in range(70):
        x, y = w * 0.56 + rnd.gauss(0, 170), h * (0.72 - 0.32 * rnd.random())
        disc(d, x, y, 2 + rnd.random() * 4, mix((255, 200, 110), (255, 120, 40), rnd.random()))
    return develop(img, 104, 0.14, 0.55)


def bronze(nx, ny, tone=(176, 112, 48)):
    """Colour of polished bronze for a normal (nx right, ny up) between −1 and 1."""
    v = 0.20 + 0.42 * max(0.0, -nx * 0.55 + ny * 0.30 + 0.35)
    v += 0.95 * math.exp(-((nx + 0.52) / 0.13) ** 2) * (0.75 + 0.25 * ny)
    v += 0.40 * math.exp(-((nx - 0.68) / 0.10) ** 2)
    v += 0.16 * math.exp(-((nx + 0.05) / 0.22) ** 2)
    c = lit(tone, v * 1.28)
    return mix(c, (255, 244, 206), max(0, v - 0.95) * 0.9)


def turned(d, cx, profile, paint=bronze, cols=84, step=4):
    """A turned vessel: profile of (y, radius), painted in narrow upright faces."""
    pts = smooth(profile, n=14)
    for (y0, r0), (y1, r1) in zip(pts, pts[1:]):
        slope = (r1 - r0) / (y1 - y0 + 1e-6)
        ny = max(-1, min(1, -slope * 0.9))
        for i in range(cols):
            a, b = -1 + 2 * i / cols, -1 + 2 * (i + 1) / cols
            u, v = math.sin(a * math.pi / 2), math.sin(b * math.pi / 2)
            d.polygon([(cx + u * r0, y0), (cx + v * r0 + 1, y0), (cx + v * r1 + 1, y1 + 1), (cx + u * r1, y1 + 1)], fill=paint((u + v) / 2, ny))


def photo_pouring():
    """Bronze runs from the crucible into the clay mould."""
    w, h = PW * PS, PH * PS
    img = vertical((w, h), [(0, (18, 15, 18)), (0.5, (36, 24, 22)), (0.78, (52, 30, 22)), (1, (20, 14, 12))])
    rnd = random.Random(51)
    d = ImageDraw.Draw(img)
    for i in range(9):  # roof beams and posts in the dark
        stroke(d, [(w * (i / 8), 0), (w * (0.5 + (i / 8 - 0.5) * 0.72), h * 0.30)], (30, 23, 22), 22)
    stroke(d, [(0, h * 0.12), (w, h * 0.12)], (34, 26, 24), 34)
    for x in (0.08, 0.93):
        d.rectangle([w * x - 34, 0, w * x + 34, h * 0.78], fill=(28, 21, 20))
    # furnace mouth at the back
    halo(img, w * 0.17, h * 0.56, w * 0.22, h * 0.34, (255, 110, 30), 0.7)
    d = ImageDraw.Draw(img)
    d.polygon(smooth([(w * 0.05, h * 0.78), (w * 0.07, h * 0.46), (w * 0.13, h * 0.36), (w * 0.21, h * 0.36), (w * 0.27, h * 0.46), (w * 0.29, h * 0.78)]), fill=(54, 36, 30))
    for j in range(9):
        y = h * (0.40 + 0.045 * j)
        for i in range(6):
            x = w * (0.085 + 0.034 * i + (0.017 if j % 2 else 0))
            d.rectangle([x, y, x + w * 0.03, y + h * 0.038], fill=lit((66, 42, 33), 0.75 + 0.45 * rnd.random()))
    d.polygon(smooth([(w * 0.125, h * 0.76), (w * 0.13, h * 0.62), (w * 0.17, h * 0.565), (w * 0.21, h * 0.62), (w * 0.215, h * 0.76)]), fill=(255, 150, 46))
    d.polygon(smooth([(w * 0.145, h * 0.76), (w * 0.15, h * 0.66), (w * 0.17, h * 0.62), (w * 0.19, h * 0.66), (w * 0.195, h * 0.76)]), fill=(255, 224, 140))
    halo(img, w * 0.17, h * 0.66, w * 0.11, h * 0.18, (255, 160, 60), 0.9)
    # floor
    d = ImageDraw.Draw(img)
    d.polygon([(0, h * 0.775), (w, h * 0.765), (w, h), (0, h)], fill=(44, 29, 23))
    for _ in range(700):
        x, y = rnd.random() * w, h * (0.78 + 0.22 * rnd.random())
        disc(d, x, y, 3 + rnd.random() * 9, lit((58, 38, 29), 0.6 + 0.7 * rnd.random()), 2 + rnd.random() * 3)
    halo(img, w * 0.54, h * 0.80, w * 0.46, h * 0.30, (255, 120, 36), 0.62)
    # two casters, rim-lit
    def caster(x, face, lean, back):
        d = ImageDraw.Draw(img)
        s = -1 if face == "l" else 1
        coat, rim = (34, 27, 27), (236, 138, 62)
        hipx, hipy = x, h * 0.60
        for fx, ky in ((x - 60, 0.02), (x + 78, 0.0)):
            stroke(d, smooth([(hipx, hipy), ((hipx + fx) / 2 + s * 42, h * (0.73 + ky)), (fx, h * 0.885)]), (28, 23, 24), 84)
            stroke(d, [(fx - 8, h * 0.893), (fx + s * 66, h * 0.895)], (24, 20, 20), 44)
        shx, shy = x + s * lean, h * 0.30
        body = smooth([(hipx - 92, hipy + 60), (hipx - 96, hipy - 130), (shx - 116, shy + 60), (shx - 60, shy - 12), (shx + 60, shy - 12), (shx + 112, shy + 60), (hipx + 92, hipy - 130), (hipx + 92, hipy + 60)], closed=True)
        d.polygon(body, fill=coat)
        edge = [(shx + s * 108, shy + 50), (shx + s * 104, shy + 160), (hipx + s * 92, hipy - 110), (hipx + s * 90, hipy + 50)]
        stroke(d, smooth(edge), rim, 11)
        # leather apron
        d.polygon(smooth([(hipx - s * 10, shy + 150), (hipx + s * 84, shy + 160), (hipx + s * 104, hipy + 150), (hipx - s * 30, hipy + 170)], closed=True), fill=(62, 40, 30))
        hx, hy = shx + s * 22, shy - 108
        disc(d, hx, hy, 62, (58, 38, 30), 76)
        ring(d, hx, hy, 60, rim, 10, 74, -60 if s > 0 else 120, 50 if s > 0 else 230)
        d.polygon(smooth([(hx - 84, hy - 24), (hx - 62, hy - 84), (hx, hy - 104), (hx + 62, hy - 84), (hx + 84, hy - 24)]), fill=(44, 34, 32))
        stroke(d, [(hx - 92, hy - 22), (hx + 92, hy - 22)], (52, 40, 36), 18)
        return shx, shy
    a = caster(w * 0.385, "r", 62, False)
    b = caster(w * 0.845, "l", 66, False)
    # moulds in the pit
    d = ImageDraw.Draw(img)
    def mould(x, y, mw, mh, glow):
        body = smooth([(x - mw * 0.42, y), (x - mw * 0.52, y - mh * 0.45), (x - mw * 0.36, y - mh), (x + mw * 0.36, y - mh), (x + mw * 0.52, y - mh * 0.45), (x + mw * 0.42, y)], closed=True)
        d.polygon(body, fill=(104, 66, 46))
        for i in range(9):
            t = i / 9
            d.polygon([(x + mw * (0.02 + 0.05 * i), y - 6), (x + mw * (0.06 + 0.05 * i), y - 6), (x + mw * (0.02 + 0.046 * i), y - mh + 10), (x - 0.0 + mw * 0.04 * i, y - mh + 10)], fill=lit((104, 66, 46), 0.98 - 0.5 * t))
        for k in (0.26, 0.56, 0.82):
            half = mw * (0.52 if 0.3 < k < 0.7 else 0.47)
            stroke(d, smooth([(x - half, y - mh * k - 8), (x, y - mh * k + 18), (x + half, y - mh * k - 8)]), (36, 28, 26), 17)
            stroke(d, smooth([(x - half, y - mh * k - 15), (x, y - mh * k + 10), (x + half, y - mh * k - 15)]), (150, 92, 58), 4)
        disc(d, x, y - mh, mw * 0.37, (128, 82, 56), mw * 0.10)
        disc(d, x, y - mh - 4, mw * 0.17, (255, 196, 96) if glow else (30, 22, 18), mw * 0.052)
        if glow:
            disc(d, x, y - mh - 4, mw * 0.11, (255, 246, 206), mw * 0.034)
    mould(w * 0.725, h * 0.925, w * 0.085, h * 0.20, False)
    mould(w * 0.47, h * 0.93, w * 0.085, h * 0.19, False)
    mx, my = w * 0.60, h * 0.955
    mould(mx, my, w * 0.15, h * 0.30, True)
    top = my - h * 0.30
    # crucible held by the ring of two shafts
    ccx, ccy, tilt = w * 0.535, h * 0.445, math.radians(48)
    for end, hold in ((a, -1), (b, 1)):
        hx = ccx + hold * w * 0.115
        d = ImageDraw.Draw(img)
    stroke(d, [(w * 0.40, h * 0.515), (ccx - 60, ccy + 8)], (40, 34, 34), 26)
    stroke(d, [(w * 0.40, h * 0.508), (ccx - 60, ccy)], (180, 104, 56), 6)
    stroke(d, [(w * 0.835, h * 0.505), (ccx + 60, ccy + 8)], (40, 34, 34), 26)
    stroke(d, [(w * 0.835, h * 0.498), (ccx + 60, ccy)], (180, 104, 56), 6)
    cru = [(-128, -150), (-150, 0), (-112, 130), (0, 168), (112, 130), (150, 0), (128, -150)]
    body = spin(smooth(cru), tilt, ccx, ccy)
    d.polygon(body, fill=(70, 40, 32))
    d.polygon(spin(smooth([(20, -150), (60, 0), (40, 150), (112, 130), (150, 0), (128, -150)]), tilt, ccx, ccy), fill=(150, 62, 30))
    mouth = [(128 * math.cos(i * 0.1047), -150 + 46 * math.sin(i * 0.1047)) for i in range(60)]
    d.polygon(spin(mouth, tilt, ccx, ccy), fill=(96, 48, 34))
    d.polygon(spin([(x * 0.86, -150 + (y + 150) * 0.82) for x, y in mouth], tilt, ccx, ccy), fill=(255, 190, 84))
    d.polygon(spin([(x * 0.6 + 26, -150 + (y + 150) * 0.5) for x, y in mouth], tilt, ccx, ccy), fill=(255, 244, 196))
    stroke(d, spin([(-152, 4), (152, 4)], tilt, ccx, ccy), (34, 28, 28), 30)
    stroke(d, spin([(-152, -4), (152, -4)], tilt, ccx, ccy), (170, 94, 50), 6)
    lip = spin([(126, -152)], tilt, ccx, ccy)[0]
    # arms over the shafts
    for (sx, sy), (gx, gy), s in ((a, (w * 0.43, h * 0.505), 1), (b, (w * 0.80, h * 0.50), -1)):
        arm = smooth([(sx + s * 60, sy + 56), (sx + s * 40, sy + 250), (gx - s * 50, gy - 10), (gx, gy)])
        stroke(d, arm, (38, 30, 30), 66)
        stroke(d, [(x + s * 22, y - 14) for x, y in arm[8:]], (222, 128, 60), 8)
        disc(d, gx, gy, 40, (88, 56, 42))
        ring(d, gx, gy, 38, (230, 140, 70), 7, 38, -120, 20)
    # the stream
    stream = bezier(lip, (lip[0] + 34, lip[1] + 30), (mx + 4, lip[1] + 90), (mx, top), 40)
    halo(img, (lip[0] + mx) / 2, (lip[1] + top) / 2, w * 0.20, h * 0.34, (255, 130, 36), 0.95)
    halo(img, mx, top, w * 0.16, h * 0.16, (255, 176, 70), 0.9)
    halo(img, ccx, ccy - 60, w * 0.14, h * 0.2, (255, 150, 50), 0.7)
    d = ImageDraw.Draw(img)
    for wd, tone in ((40, (255, 140, 40)), (28, (255, 200, 96)), (14, (255, 250, 220))):
        stroke(d, stream, tone, wd)
    disc(d, mx, top, 62, (255, 206, 110), 22)
    disc(d, mx, top, 38, (255, 250, 224), 12)
    for _ in range(190):  # sparks
        ang, sp, t = -math.pi * rnd.random(), 120 + rnd.random() * 560, 0.25 + 0.75 * rnd.random()
        x = mx + math.cos(ang) * sp * t
        y = top + math.sin(ang) * sp * t * 0.9 + 330 * t * t
        vx, vy = math.cos(ang) * sp, math.sin(ang) * sp * 0.9 + 660 * t
        n = math.hypot(vx, vy)
        ln = 8 + rnd.random() * 30
        stroke(d, [(x, y), (x - vx / n * ln, y - vy / n * ln)], mix((255, 244, 190), (255, 130, 40), t), 3 + 3 * rnd.random())
    smoke(img, mx + 40, top - 30, h * 0.62, w * 0.24, 52, (236, 190, 150), 70, 5)
    return develop(img, 201, 0.14, 0.55)


def photo_moulds():
    """Clay moulds drying round a charcoal fire; one opened to show its pattern."""
    w, h = PW * PS, PH * PS
    img = vertical((w, h), [(0, (92, 78, 64)), (0.45, (134, 110, 86)), (0.60, (120, 92, 70)), (0.61, (84, 62, 48)), (1, (58, 42, 34))])
    rnd = random.Random(61)
    d = ImageDraw.Draw(img)
    for j in range(13):  # brick wall
        for i in range(-1, 15):
            x, y = w * (i + (0.5 if j % 2 else 0)) / 13, h * 0.605 * j / 13
            d.rectangle([x + 5, y + 5, x + w / 13 - 5, y + h * 0.605 / 13 - 5], fill=lit((146, 92, 68), 0.72 + 0.42 * rnd.random()))
    shade(img, vertical((w, h), [(0, (190, 190, 190)), (0.35, (60, 60, 60)), (0.60, (130, 130, 130)), (0.62, (0, 0, 0)), (1, (0, 0, 0))]).convert("L"), (40, 28, 22))
    halo(img, w * 0.28, 0, w * 0.5, h * 0.8, (255, 226, 170), 0.45)
    d = ImageDraw.Draw(img)
    for _ in range(900):
        x, y = rnd.random() * w, h * (0.62 + 0.38 * rnd.random())
        disc(d, x, y, 4 + rnd.random() * 12, lit((78, 58, 46), 0.7 + 0.6 * rnd.random()), 2 + rnd.random() * 4)

    def clay(nx, ny):
        v = 0.42 + 0.62 * max(0, -nx * 0.72 + 0.42) + 0.10 * ny
        return lit((186, 132, 92), v)

    def block(x, foot, tall, wide, kind):
        soft_shadow(img, x + wide * 0.3, foot, wide * 1.0, 46, 0.7, 50)
        dd = ImageDraw.Draw(img)
        if kind == "bell":
            prof = [(foot - tall, wide * 0.30), (foot - tall * 0.93, wide * 0.56), (foot - tall * 0.7, wide * 0.66), (foot - tall * 0.4, wide * 0.72), (foot - tall * 0.12, wide * 0.86), (foot, wide * 0.92)]
        else:
            prof = [(foot - tall, wide * 0.62), (foot - tall * 0.86, wide * 0.78), (foot - tall * 0.5, wide * 0.92), (foot - tall * 0.2, wide * 0.82), (foot, wide * 0.70)]
        turned(dd, x, prof, clay, 70)
        pts = smooth(prof, n=14)
        for k in (0.25, 0.55, 0.84):  # straps of twisted wire
            y, r = pts[int(k * (len(pts) - 1))]
            for off, tone, wd in ((10, (70, 48, 36), 16), (0, (60, 54, 52), 15), (-5, (150, 138, 128), 4)):
                stroke(dd, smooth([(x - r, y + off - 8), (x - r * 0.5, y + off + 14), (x, y + off + 20), (x + r * 0.5, y + off + 14), (x + r, y + off - 8)]), tone, wd)
            disc(dd, x + r * 0.28, y + 16, 20, (48, 42, 40))
        for _ in range(70):  # chaff and cracks in the clay
            t = rnd.random()
            y, r = pts[int(t * (len(pts) - 1))]
            px = x + (rnd.random() * 1.8 - 0.9) * r
            dd.line([px, y, px + rnd.gauss(0, 22), y + rnd.gauss(0, 14)], fill=rnd.choice([(214, 170, 120), (110, 74, 52)]), width=3)
        y, r = pts[0]
        disc(dd, x, y, r, (196, 146, 104), r * 0.24)
        disc(dd, x, y, r * 0.36, (46, 32, 26), r * 0.09)
        ring(dd, x, y, r * 0.36, (140, 98, 70), 7, r * 0.09)
    block(w * 0.13, h * 0.735, h * 0.42, w * 0.085, "jar")
    block(w * 0.335, h * 0.715, h * 0.50, w * 0.100, "bell")
    block(w * 0.565, h * 0.725, h * 0.40, w * 0.086, "jar")
    # charcoal trench
    d = ImageDraw.Draw(img)
    d.polygon(smooth([(w * -0.04, h * 0.83), (w * 0.2, h * 0.795), (w * 0.45, h * 0.79), (w * 0.66, h * 0.82), (w * 0.68, h * 0.875), (w * 0.4, h * 0.905), (w * 0.1, h * 0.90), (w * -0.04, h * 0.89)], closed=True), fill=(34, 22, 18))
    halo(img, w * 0.32, h * 0.84, w * 0.44, h * 0.17, (255, 96, 24), 0.95)
    d = ImageDraw.Draw(img)
    for _ in range(360):
        x, y = w * (0.0 + 0.655 * rnd.random()), h * (0.812 + 0.070 * rnd.random())
        hot = rnd.random()
        r = 12 + rnd.random() * 20
        poly = [(x + r * (0.7 + 0.5 * rnd.random()) * math.cos(a), y + r * 0.7 * math.sin(a)) for a in [i * 1.05 for i in range(6)]]
        d.polygon(poly, fill=mix((40, 26, 22), (255, 130, 40), hot ** 2))
        if hot > 0.75:
            disc(d, x, y, r * 0.4, (255, 210, 120))
    halo(img, w * 0.32, h * 0.80, w * 0.40, h * 0.30, (255, 120, 40), 0.40)
    # opened mould half with its pattern in negative, and a trowel
    soft_shadow(img, w * 0.83, h * 0.90, w * 0.15, 70, 0.75, 60)
    d = ImageDraw.Draw(img)
    ox, oy = w * 0.825, h * 0.655
    outer = [(ox + w * 0.135 * math.cos(t), oy + h * 0.265 * math.sin(t)) for t in [i * math.pi / 40 for i in range(80)]]
    d.polygon([(x + 34, y + 26) for x, y in outer], fill=(92, 62, 46))
    d.polygon(outer, fill=(188, 136, 96))
    inner = [(ox + (x - ox) * 0.84, oy + (y - oy) * 0.86) for x, y in outer]
    d.polygon(inner, fill=(110, 72, 52))
    for i in range(14):
        k = 0.80 - i * 0.05
        d.polygon([(ox + (x - ox) * k + 10 * i * 0.5, oy + (y - oy) * (k + 0.02) + i * 2) for x, y in outer], fill=mix((122, 80, 58), (182, 126, 88), i / 13))
    rosette_ink = (104, 66, 48)
    for i in range(12):
        shape = spin(petal(h * 0.10, h * 0.038), math.pi * i / 6, ox + 30, oy + 16)
        d.polygon(shape, fill=(160, 108, 76))
        stroke(d, shape + shape[:1], rosette_ink, 6)
    ring(d, ox + 30, oy + 16, h * 0.125, rosette_ink, 8)
    ring(d, ox + 30, oy + 16, h * 0.146, rosette_ink, 5)
    disc(d, ox + 30, oy + 16, h * 0.034, (176, 122, 86))
    ring(d, ox + 30, oy + 16, h * 0.034, rosette_ink, 6)
    ring(d, ox, oy, w * 0.135, (226, 178, 132), 8, h * 0.265, 150, 300)
    stroke(d, [(w * 0.68, h * 0.955), (w * 0.755, h * 0.925)], (108, 70, 42), 34)
    d.polygon([(w * 0.75, h * 0.915), (w * 0.83, h * 0.905), (w * 0.86, h * 0.925), (w * 0.76, h * 0.945)], fill=(170, 170, 168))
    stroke(d, [(w * 0.76, h * 0.922), (w * 0.85, h * 0.917)], (226, 226, 222), 5)
    smoke(img, w * 0.42, h * 0.80, h * 0.7, w * 0.34, 62, (226, 214, 200), 60, 5)
    return develop(img, 202, 0.12, 0.5)


def photo_burner():
    """The finished incense tripod, with its smoke. Portrait."""
    w, h = 960 * PS, 1320 * PS
    img = vertical((w, h), [(0, (52, 12, 14)), (0.5, (108, 26, 24)), (0.74, (84, 20, 20)), (0.742, (52, 28, 20)), (1, (26, 14, 12))])
    rnd = random.Random(71)
    halo(img, w * 0.40, h * 0.34, w * 0.62, h * 0.46, (176, 70, 44), 0.7)
    d = ImageDraw.Draw(img)
    for row in range(12):  # cloth with quiet lozenges
        for col in range(9):
            x, y = w * (col + (0.5 if row % 2 else 0)) / 8, h * 0.065 * row
            flower(d, x, y, 46, lit((128, 38, 32), 1.0), (96, 26, 24), (92, 22, 22))
    img.paste(img.reduce(4).filter(ImageFilter.GaussianBlur(3)).resize((w, h), Image.BILINEAR))
    shade(img, vertical((w, h), [(0, (150, 150, 150)), (0.4, (0, 0, 0)), (0.73, (90, 90, 90)), (0.742, (0, 0, 0)), (1, (110, 110, 110))]).convert("L"), (14, 6, 6))
    d = ImageDraw.Draw(img)
    d.rectangle([0, h * 0.742, w, h * 0.752], fill=(178, 120, 60))
    # table reflection
    halo(img, w * 0.5, h * 0.90, w * 0.42, h * 0.09, (150, 90, 48), 0.6)
    soft_shadow(img, w * 0.53, h * 0.885, w * 0.30, 60, 0.85, 60)
    cx = w * 0.5
    d = ImageDraw.Draw(img)
    S = h / 1000

    def leg(x, lean, shadow):
        pts = smooth([(x, 735 * S), (x + lean * 46 * S, 775 * S), (x + lean * 40 * S, 830 * S), (x + lean * 62 * S, 880 * S)], n=70)
        for i, (px, py) in enumerate(pts):
            r = (44 - 22 * i / len(pts) + 14 * max(0.0, (i / len(pts) - 0.82) / 0.18)) * S
            for q in range(24):
                u0, u1 = -1 + q / 12, -1 + (q + 1) / 12
                d.rectangle([px + u0 * r, py, px + u1 * r + 1, py + 2 * S], fill=lit(bronze((u0 + u1) / 2, 0.1), shadow))
        for q in range(3):
            disc(d, px + (q - 1) * 15 * S, py + 8 * S, 11 * S, lit(bronze(-0.4 + 0.4 * q, 0.2), shadow * 0.9), 9 * S)
    leg(cx, 0.12, 0.5)
    leg(cx - 118 * S, -1, 0.95)
    leg(cx + 118 * S, 1, 0.8)
    # handles in the shape of clouds
    for s in (-1, 1):
        pts = smooth([(cx + s * 172 * S, 585 * S), (cx + s * 250 * S, 560 * S), (cx + s * 262 * S, 480 * S), (cx + s * 224 * S, 420 * S), (cx + s * 262 * S, 372 * S), (cx + s * 302 * S, 380 * S), (cx + s * 306 * S, 416 * S), (cx + s * 280 * S, 428 * S)], n=14)
        stroke(d, pts, (52, 28, 14), 40 * S)
        stroke(d, pts, (150, 94, 40), 31 * S)
        stroke(d, [(x - 7 * S, y - 5 * S) for x, y in pts], (224, 168, 92), 10 * S)
        stroke(d, [(x - 9 * S, y - 7 * S) for x, y in pts[4:-6]], (255, 232, 172), 4 * S)
    # belly
    turned(d, cx, [(490 * S, 176 * S), (500 * S, 158 * S), (518 * S, 150 * S), (540 * S, 172 * S), (590 * S, 214 * S), (650 * S, 226 * S), (710 * S, 196 * S), (752 * S, 128 * S), (764 * S, 90 * S)], cols=110)
    turned(d, cx, [(470 * S, 184 * S), (476 * S, 196 * S), (488 * S, 196 * S), (495 * S, 178 * S)], cols=110)

    def band(y0, y1, r, count, painter):
        for i in range(count):
            th = -math.pi / 2 + math.pi * (i + 0.5) / count
            painter(math.sin(th), math.cos(th), cx + r * math.sin(th), y0, y1, r * math.pi / count * math.cos(th))

    def fret(u, c, x, y0, y1, half):
        if abs(u) > 0.985:
            return
        tone = lit(bronze(u, 0), 0.45)
        bright = lit(bronze(u, 0), 1.35)
        m, v = (y0 + y1) / 2, (y1 - y0) / 2
        pts = [(-0.8, 1), (-0.8, -0.8), (0.7, -0.8), (0.7, 0.6), (-0.3, 0.6), (-0.3, -0.2), (0.25, -0.2)]
        stroke(d, [(x + px * half, m + py * v) for px, py in pts], tone, 4.4 * S)
        stroke(d, [(x + px * half, m + py * v - 2 * S) for px, py in pts[:3]], bright, 1.4 * S)
    for y in (548, 590):
        stroke(d, [(cx - 174 * S * (1.16 if y > 560 else 1.0) * math.cos(t), y * S + 4 * S * math.sin(t)) for t in [i * math.pi / 40 for i in range(41)]], (78, 44, 20), 4 * S)
    band(555 * S, 583 * S, 186 * S, 22, fret)
    # a lotus medallion on the belly and beaded line
    mx, my = cx, 655 * S
    for count, ln, wd, off in ((16, 52, 20, 0.5), (10, 36, 17, 0)):
        for i in range(count):
            shape = spin(petal(ln * S, wd * S), 2 * math.pi * (i + off) / count, mx, my)
            d.polygon(shape, fill=(170, 110, 48))
            stroke(d, shape + shape[:1], (84, 46, 20), 2.4 * S)
            stroke(d, spin([(8 * S, -2 * S), (ln * 0.8 * S, -2 * S)], 2 * math.pi * (i + off) / count, mx, my), (232, 180, 104), 1.8 * S)
    disc(d, mx, my, 13 * S, (232, 180, 104))
    ring(d, mx, my, 13 * S, (84, 46, 20), 2.4 * S)
    ring(d, mx, my, 60 * S, (84, 46, 20), 3 * S)
    for s in (-1, 1):
        for y, size, flip in ((655, 112, 1),):
            tendril(d, mx + s * 122 * S, y * S, size * S, math.radians(0 if s > 0 else 180), s * flip, (84, 46, 20), 4 * S)
            tendril(d, mx + s * 122 * S - 2 * S, y * S - 2 * S, size * S, math.radians(0 if s > 0 else 180), s * flip, (214, 158, 86), 1.8 * S)
    # lid: dome with cloud openings, and a ‘nghê’ reduced to a seated outline
    turned(d, cx, [(356 * S, 34 * S), (366 * S, 78 * S), (392 * S, 128 * S), (426 * S, 160 * S), (462 * S, 178 * S), (472 * S, 182 * S)], cols=100)
    for u in (-0.72, -0.30, 0.16, 0.60):
        x = cx + 146 * S * u
        for dx, dy, r in ((-10, 4, 11), (9, 5, 10), (0, -8, 12)):
            disc(d, x + dx * S * math.sqrt(1 - u * u), 428 * S + dy * S + abs(u) * 6 * S, r * S * math.sqrt(1 - u * u), (30, 14, 8), r * S)
    turned(d, cx, [(338 * S, 52 * S), (344 * S, 60 * S), (354 * S, 58 * S), (360 * S, 40 * S)], cols=60)
    beast = smooth([(cx - 50 * S, 342 * S), (cx - 56 * S, 318 * S), (cx - 36 * S, 300 * S), (cx - 44 * S, 272 * S), (cx - 52 * S, 248 * S), (cx - 36 * S, 226 * S), (cx - 20 * S, 232 * S), (cx - 8 * S, 214 * S), (cx + 10 * S, 214 * S),
                    (cx + 22 * S, 230 * S), (cx + 40 * S, 228 * S), (cx + 50 * S, 250 * S), (cx + 44 * S, 274 * S), (cx + 52 * S, 296 * S), (cx + 74 * S, 282 * S), (cx + 84 * S, 252 * S), (cx + 100 * S, 262 * S), (cx + 92 * S, 306 * S), (cx + 60 * S, 324 * S), (cx + 54 * S, 342 * S)], closed=True)
    d.polygon([(x + 3 * S, y + 3 * S) for x, y in beast], fill=(50, 26, 12))
    mask = Image.new("L", img.size)
    ImageDraw.Draw(mask).polygon(beast, fill=255)
    metal = Image.new("RGB", img.size)
    md = ImageDraw.Draw(metal)
    for i in range(200):
        x = cx - 110 * S + i * 1.1 * S * 1.0
        u = (x - cx) / (78 * S)
        md.rectangle([x, 200 * S, x + 1.3 * S, 350 * S], fill=bronze(max(-1, min(1, u)), 0.2))
    img.paste(metal, (0, 0), mask)
    d = ImageDraw.Draw(img)
    dark = (70, 38, 18)
    for s in (-1, 1):
        disc(d, cx + s * 19 * S, 250 * S, 8 * S, dark, 9 * S)
        disc(d, cx + s * 19 * S - 2 * S, 248 * S, 3 * S, (255, 232, 172))
        stroke(d, smooth([(cx + s * 6 * S, 238 * S), (cx + s * 20 * S, 234 * S), (cx + s * 34 * S, 242 * S)]), dark, 4 * S)
        tendril(d, cx + s * 34 * S, 284 * S, 44 * S, math.radians(60), s, dark, 3 * S)
        stroke(d, smooth([(cx + s * 16 * S, 300 * S), (cx + s * 22 * S, 320 * S), (cx + s * 20 * S, 338 * S)]), dark, 4 * S)
        tendril(d, cx + s * 40 * S, 252 * S, 34 * S, math.radians(90), s, dark, 3 * S)
    stroke(d, smooth([(cx - 24 * S, 276 * S), (cx, 284 * S), (cx + 24 * S, 276 * S)]), dark, 4 * S)
    disc(d, cx, 263 * S, 10 * S, dark, 6 * S)
    smoke(img, cx - 60 * S, 420 * S, h * 0.44, w * 0.30, 72, (240, 226, 214), 190, 6)
    smoke(img, cx + 70 * S, 425 * S, h * 0.42, w * 0.26, 73, (240, 226, 214), 150, 5)
    for x, y, r in ((-108, 620, 34), (-94, 508, 20), (-78, 404, 16)):
        halo(img, cx + x * S, y * S, r * 1.4 * S, r * 2.2 * S, (255, 240, 200), 0.55)
    return develop(img, 203, 0.11, 0.6)


# --------------------------------------------------------------------------- running other programs

def run(*args):
    subprocess.run([str(a) for a in args], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def ffmpeg(*args):
    run("ffmpeg", "-hide_banner", "-loglevel", "error", "-y", "-threads", "1", *args)


BITEXACT = ("-map_metadata", "-1", "-fflags", "+bitexact", "-flags", "+bitexact", "-threads", "1")


def probe(path):
    out = subprocess.run(["ffprobe", "-v", "error", "-print_format", "json", "-show_format", "-show_streams", str(path)],
                         check=True, capture_output=True, text=True).stdout
    return json.loads(out)


# --------------------------------------------------------------------------- film

FPS, FILM_S = 25, 10.4
FW, FH = 640, 360


def film_frame(n):
    """One frame of the film: splitting the culm, weaving the sheet, the trap rising."""
    t = n / FPS
    s = 2
    w, h = FW * s, FH * s
    ease = lambda v: (lambda u: u * u * (3 - 2 * u))(min(1, max(0, v)))
    img = Image.new("RGB", (w, h), (240, 228, 200))
    d = ImageDraw.Draw(img)
    for i in range(13):
        d.rectangle([0, h * i // 13, w, h * (i + 1) // 13], fill=lit((240, 228, 200), 1.0 - 0.012 * (i % 2) - 0.006 * i))
    if t < 3.0:
        label = "chẻ nan"
        u = ease((t - 0.4) / 2.2)
        n_strips, x0, x1, cy, R = 10, w * 0.07, w * 0.93, h * 0.47, 84
        cut = x0 + (x1 - x0) * u
        for i in range(n_strips):  # strips spread behind the knife
            off = (i - (n_strips - 1) / 2)
            k = math.sqrt(max(0, 1 - (off / (n_strips / 2)) ** 2))
            tone = lit((170, 176, 96) if i % 2 else (190, 190, 108), 0.66 + 0.5 * k * (0.5 + 0.5 * (1 - i / n_strips)))
            top = cy + off * (2 * R / n_strips)
            spread = cy + off * 44
            pts = smooth([(x0 - 20, spread if u > 0.05 else top), (max(x0, cut - 330), spread if cut - 330 > x0 else top + (spread - top) * max(0, min(1, (cut - x0) / 330))), (cut - 20, top), (cut, top)], n=12)
            if cut > x0 + 4:
                stroke(d, [(px, py + 4) for px, py in pts], lit(tone, 0.55), 17)
                stroke(d, pts, tone, 15)
            d.rectangle([cut, top - R / n_strips, x1, top + R / n_strips + 1], fill=lit((132, 150, 74), 0.62 + 0.55 * k * (1 - 0.5 * i / n_strips)))
        for i in range(5):
            x = x0 + (x1 - x0) * (0.12 + 0.21 * i)
            if x > cut:
                d.rectangle([x, cy - R - 4, x + 8, cy + R + 4], fill=(96, 112, 56))
                d.rectangle([x + 8, cy - R - 2, x + 12, cy + R + 2], fill=(176, 186, 120))
        if x1 > cut:
            disc(d, x1, cy, 16, (206, 196, 140), R)
            disc(d, x1, cy, 9, (150, 138, 90), R * 0.68)
        if 0 < u < 1:  # the knife
            d.polygon([(cut - 16, cy - 150), (cut + 26, cy - 150), (cut + 14, cy + 132), (cut - 4, cy + 132)], fill=(120, 122, 126))
            d.polygon([(cut - 16, cy - 150), (cut - 4, cy - 150), (cut - 1, cy + 132), (cut - 4, cy + 132)], fill=(206, 208, 212))
            stroke(d, [(cut + 6, cy - 150), (cut + 10, cy - 250)], (104, 66, 38), 34)
    elif t < 6.6:
        label = "đan lóng đôi"
        cols, rows, pitch = 32, 14, 38
        v = min(rows, max(0.0, (t - 3.2) / 3.1 * rows))
        done = int(v)
        x, y = (w - cols * pitch) // 2, 52
        d.rectangle([x - 6, y - 6, x + cols * pitch + 6, y + rows * pitch + 6], fill=(70, 46, 28))
        twill(d, x, y, cols, rows, pitch, diamond_rule(cols, rows, 8), (226, 192, 126), (150, 96, 50), (58, 36, 20), done, ease(v - done))
    else:
        label = "dựng khung, đan đó"
        u = ease((t - 6.8) / 2.9)
        soft = Image.new("L", (w // 4, h // 4))
        disc(ImageDraw.Draw(soft), w / 8, h * 0.205, 86, 120, 12)
        img.paste(Image.new("RGB", (w, h), (90, 60, 36)), (0, 0), soft.filter(ImageFilter.GaussianBlur(5)).resize((w, h), Image.BILINEAR))
        trap(ImageDraw.Draw(img), w * 0.5, h * 0.10, math.radians(90), h * 0.715, h * 0.225, 0.26, 40, 44, mix((226, 186, 112), (176, 106, 50), max(0, (t - 8.6) / 1.6)), 0.64, grow=max(0.06, u), seed=7)
    d = ImageDraw.Draw(img)
    d.rectangle([0, h - 74, w, h], fill=(58, 38, 26))
    d.rectangle([0, h - 78, w, h - 75], fill=(176, 120, 60))
    Pen.write(d, w / 2, h - 26, label, 44, (246, 232, 200), 0.75, anchor="m")
    out = img.reduce(s)
    fade = min(1, t / 0.4, max(0.0, (FILM_S - 0.04 - t) / 0.5))
    for cutpoint in (3.0, 6.6):
        fade = min(fade, abs(t - cutpoint) / 0.22 + 0.12)
    return Image.blend(Image.new("RGB", out.size, (20, 13, 9)), out, max(0, fade)) if fade < 1 else out


def film_sound(path, rate=44100):
    """Plucked strings on five tones, and bamboo taps where a strip is laid."""
    total = int(FILM_S * rate)
    mixed = [0.0] * (total + rate)
    rnd = random.Random(5)

    def pluck(at, freq, gain, length=1.6):
        n = int(rate / freq)
        line = [rnd.random() * 2 - 1 for _ in range(n)]
        start = int(at * rate)
        prev = 0.0
        for i in range(min(int(length * rate), len(mixed) - start)):
            v = line[i % n]
            line[i % n] = 0.498 * (v + prev)
            prev = v
            mixed[start + i] += gain * v

    def tap(at, gain):
        start = int(at * rate)
        for i in range(int(0.07 * rate)):
            e = math.exp(-i / (0.011 * rate))
            mixed[start + i] += gain * e * (math.sin(2 * math.pi * 920 * i / rate) + 0.5 * math.sin(2 * math.pi * 1570 * i / rate) + 0.3 * (rnd.random() - 0.5))

    scale = [293.66, 329.63, 392.0, 440.0, 493.88, 587.33, 659.26]
    tune = [2, 3, 5, 3, 4, 2, 1, 0, 2, 3, 4, 5, 6, 5, 3, 4, 2, 1, 2, 0]
    for i, step in enumerate(tune):
        pluck(0.3 + i * 0.48, scale[step], 0.20 if i % 4 else 0.28)
        if i % 4 == 0:
            pluck(0.3 + i * 0.48, scale[step % 3] / 2, 0.16, 2.2)
    for i in range(14):
        tap(3.2 + 3.1 * (i + 0.9) / 14, 0.16)
    for i in range(5):
        tap(0.6 + i * 0.45, 0.10)
    peak = max(abs(v) for v in mixed)
    with wave.open(str(path), "wb") as f:
        f.setnchannels(1)
        f.setsampwidth(2)
        f.setframerate(rate)
        f.writeframes(b"".join(struct.pack("<h", round(28000 * v / peak)) for v in mixed[:total]))


def make_film(path, tmp):
    film_sound(tmp / "film.wav")
    cmd = ["ffmpeg", "-hide_banner", "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{FW}x{FH}", "-r", str(FPS), "-i", "-",
           "-i", str(tmp / "film.wav"), "-map", "0:v", "-map", "1:a", *BITEXACT, "-metadata", "title=Chẻ nan và đan đó", "-metadata", "creation_time=2025-03-12T02:30:00Z",
           "-metadata", "copyright=CC0-1.0", "-c:v", "libx264", "-profile:v", "baseline", "-preset", "slow", "-crf", "27", "-g", "50", "-pix_fmt", "yuv420p",
           "-c:a", "aac", "-b:a", "64k", "-ac", "1", "-movflags", "+faststart", str(path)]
    p = subprocess.Popen(cmd, stdin=subprocess.PIPE)
    for n in range(round(FILM_S * FPS)):
        p.stdin.write(film_frame(n).tobytes())
    p.stdin.close()
    if p.wait():
        raise SystemExit("ffmpeg failed on the film")


# --------------------------------------------------------------------------- interviews

ASK = "Người phỏng vấn"

TRAP_TALK = ("Bà Đoàn Thị Nan", [
    (ASK, "Thưa bà, bà làm nghề đan đó từ bao giờ ạ?", "Madam, since when have you been weaving fish traps?"),
    ("", "Tôi theo mẹ chẻ nan từ năm lên mười, đến nay đã hơn sáu mươi năm.", "I followed my mother in splitting bamboo when I was ten; that is more than sixty years ago."),
    (ASK, "Muốn có một chiếc đó bền thì bắt đầu từ đâu, thưa bà?", "To make a trap that lasts, where does one begin?"),
    ("", "Trước hết phải tìm cây tre bánh tẻ, không non quá mà cũng chưa già.", "First you look for bamboo of middle age, neither too young nor already old."),
    ("", "Tre cưa thành từng đoạn rồi chẻ nan, sau đó vót nan cho thật nhẵn.", "The bamboo is sawn into lengths and split into splints, and then the splints are shaved quite smooth."),
    ("", "Vót xong thì dựng khung, đan vành; tay phải đều thì thân đó mới tròn.", "After shaving you set up the frame and weave the hoops; only an even hand makes the body of the trap round."),
    ("", "Khó nhất là cái hom miệng: con cá chui vào được mà không tìm thấy lối ra.", "The hardest part is the funnel of the mouth: the fish can slip in but cannot find the way out."),
    ("", "Cuối cùng là cạp thân cho chắc, rồi đem gác bếp hun khói.", "Last of all you bind the body firmly, and put it on the rack over the kitchen hearth to smoke."),
    (ASK, "Hun khói để làm gì, thưa bà?", "What is the smoking for?"),
    ("", "Khói bếp làm nan ngả màu nâu óng, mối mọt không ăn, ngâm nước lâu vẫn bền.", "The smoke turns the splints a glossy brown; insects do not eat them, and they stay sound after long soaking."),
    ("", "Bây giờ ít người trẻ theo nghề, nhưng ai muốn học thì tôi vẫn chỉ cho.", "Few young people follow the craft now, but whoever wants to learn, I still show them."),
])

BRONZE_TALK = ("Ông Tạ Văn Khuôn", [
    (ASK, "Thưa ông, làm xong một chiếc đỉnh đồng thì mất bao lâu ạ?", None),
    ("", "Tùy to nhỏ; có chiếc nửa tháng, có chiếc ba bốn tháng mới xong.", None),
    ("", "Việc đầu tiên là đắp khuôn bằng đất sét trộn trấu, ở làng tôi gọi là cái trầm.", None),
    ("", "Đắp xong phải sấy khuôn ba ngày hai đêm; khuôn còn ẩm là mẻ đúc hỏng ngay.", None),
    ("", "Trong lúc ấy thì nấu đồng; nhìn màu khói, nhìn mặt đồng mà biết đã được hay chưa.", None),
    ("", "Lúc rót đồng cả xưởng nín thở: phải rót đều tay, một mạch, không được ngừng.", None),
    (ASK, "Rót xong thì đã thành sản phẩm chưa ạ?", None),
    ("", "Chưa đâu. Dỡ khuôn rồi còn phải làm nguội, tức là giũa, đục, chạm lại từng nét hoa văn.", None),
    ("", "Sau cùng mới đánh bóng, lên màu cho nước đồng ấm lại.", None),
    ("", "Nghề này cha tôi truyền cho tôi, nay tôi cầm tay chỉ việc cho cháu nội.", None),
])


def clock(t, comma=False):
    ms = round(t * 1000)
    s = "%02d:%02d:%02d.%03d" % (ms // 3600000, ms // 60000 % 60, ms // 1000 % 60, ms % 1000)
    return s.replace(".", ",") if comma else s


def speak(talk, voice, pitch, tmp, name):
    """Say each sentence into its own WAV, join them with pauses, return the WAV and the cues."""
    person, lines = talk
    cues, pcm, rate, at = [], b"", None, 0
    for i, (who, vi, en) in enumerate(lines):
        part = tmp / f"{name}{i}.wav"
        args = ["-v", "vi+m3", "-p", "42", "-s", "165"] if who == ASK else ["-v", voice, "-p", str(pitch), "-s", "150"]
        run("espeak-ng", *args, "-a", "120", "-w", part, vi)
        with wave.open(str(part)) as f:
            rate = f.getframerate()
            data = f.readframes(f.getnframes())
        samples = struct.unpack("<%dh" % (len(data) // 2), data)
        keep = [k for k, v in enumerate(samples) if abs(v) > 120]  # trim the silence the voice leaves
        samples = samples[max(0, keep[0] - rate // 50):keep[-1] + rate // 25]
        pause = int(rate * (0.40 if i == 0 else 0.75 if (who == ASK) != (lines[i - 1][0] == ASK) else 0.50))
        pcm += b"\0\0" * pause + struct.pack("<%dh" % len(samples), *samples)
        start, at = at + pause, at + pause + len(samples)
        cues.append((start / rate, at / rate, who or person, vi, en))
    pcm += b"\0\0" * (rate * 6 // 10)
    out = tmp / f"{name}.wav"
    with wave.open(str(out), "wb") as f:
        f.setnchannels(1)
        f.setsampwidth(2)
        f.setframerate(rate)
        f.writeframes(pcm)
    return out, cues


ROOM = "highpass=f=90,lowpass=f=7800,aecho=0.9:0.5:23|41:0.10|0.06,volume=3.5dB"  # keeps every time as it is


def vtt(cues, lang, title):
    en = {ASK: "Interviewer", "Bà Đoàn Thị Nan": "Mrs Đoàn Thị Nan"}
    text = "WEBVTT\nKind: captions\nLanguage: %s\n\nNOTE %s\n" % (lang, title)
    for i, (a, b, who, vi, en_text) in enumerate(cues, 1):
        text += "\n%d\n%s --> %s\n<v %s>%s</v>\n" % (i, clock(a), clock(b), who if lang == "vi" else en[who], vi if lang == "vi" else en_text)
    return text


def srt(cues):
    return "\n".join("%d\n%s --> %s\n%s: %s\n" % (i, clock(a, True), clock(b, True), who, vi) for i, (a, b, who, vi, _) in enumerate(cues, 1))


# --------------------------------------------------------------------------- PDF

class Pdf:
    """A very small PDF writer: A4 pages, one Type 3 font made from Pen with a ToUnicode map
    (so the text can be searched and copied), filled boxes and JPEG pictures."""

    W, H = 595, 842

    def __init__(self):
        self.pages, self.codes, self.images = [], {}, []

    def page(self):
        self.pages.append([])
        return self

    def op(self, text):
        self.pages[-1].append(text)

    def code(self, ch):
        if ch not in self.codes:
            free = ord(ch) if ord(ch) < 127 else next(c for c in range(128, 256) if c not in self.codes.values())
            self.codes[ch] = free
        return self.codes[ch]

    def text(self, x, y, text, size, colour=INK, anchor="l"):
        text = nfc(text)
        wide = Pen.width(text) * size / 10
        x -= {"l": 0, "m": wide / 2, "r": wide}[anchor]
        rgb = " ".join("%.3f" % (c / 255) for c in colour)
        self.op("q %s rg %s RG BT /F1 %g Tf 1 0 0 1 %.2f %.2f Tm <%s> Tj ET Q" % (rgb, rgb, size, x, y, "".join("%02X" % self.code(c) for c in text)))
        return y

    def paragraph(self, x, y, text, size, width, lead=1.75, colour=INK):
        line = ""
        for word in text.split(" "):
            trial = (line + " " + word).strip()
            if Pen.width(trial) * size / 10 > width:
                self.text(x, y, line, size, colour)
                y -= size * lead
                line = word
            else:
                line = trial
        self.text(x, y, line, size, colour)
        return y - size * lead

    def box(self, x, y, w, h, colour):
        self.op("q %s rg %.2f %.2f %.2f %.2f re f Q" % (" ".join("%.3f" % (c / 255) for c in colour), x, y, w, h))

    def picture(self, x, y, w, img, quality=80):
        buf = io.BytesIO()
        img.save(buf, "JPEG", quality=quality, optimize=True)
        self.images.append((img.size, buf.getvalue()))
        h = w * img.height / img.width
        self.op("q %.2f 0 0 %.2f %.2f %.2f cm /I%d Do Q" % (w, h, x, y, len(self.images)))
        return h

    def save(self, path, title, author):
        objs = []

        def add(body, stream=None):
            if stream is not None:
                body = body.rstrip(">").rstrip() + " /Length %d >>" % len(stream)
                objs.append(body.encode() + b"\nstream\n" + stream + b"\nendstream")
            else:
                objs.append(body.encode())
            return len(objs)

        def utf16(s):
            return "<" + ("\ufeff" + s).encode("utf-16-be").hex().upper() + ">"

        catalog, pages = add("<< >>"), add("<< >>")
        glyphs = sorted((code, ch) for ch, code in self.codes.items())
        procs, widths = [], [0] * 256
        for code, ch in glyphs:
            adv, lines = Pen.glyph(ch)
            widths[code] = round(adv, 2)
            body = "%.2f 0 d0 0.72 w 1 J 1 j " % adv
            body += " ".join(" ".join("%.2f %.2f %s" % (x, y, "l" if i else "m") for i, (x, y) in enumerate(line)) + " S" for line in lines)
            procs.append("/g%d %d 0 R" % (code, add("<< /Filter /FlateDecode >>", zlib.compress(body.encode(), 9))))
        lo, hi = glyphs[0][0], glyphs[-1][0]
        cmap = ("/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
                "/CMapName /Adobe-Identity-UCS def /CMapType 2 def 1 begincodespacerange <00> <FF> endcodespacerange\n")
        for k in range(0, len(glyphs), 100):
            chunk = glyphs[k:k + 100]
            cmap += "%d beginbfchar\n" % len(chunk) + "".join("<%02X> <%s>\n" % (c, ch.encode("utf-16-be").hex().upper()) for c, ch in chunk) + "endbfchar\n"
        cmap += "endcmap CMapName currentdict /CMap defineresource pop end end\n"
        uni = add("<< /Filter /FlateDecode >>", zlib.compress(cmap.encode(), 9))
        font = add("<< /Type /Font /Subtype /Type3 /Name /F1 /FontBBox [-2 -4 12 12] /FontMatrix [0.1 0 0 0.1 0 0] /FirstChar %d /LastChar %d /Widths [%s]\n"
                   "/Encoding << /Type /Encoding /Differences [%s] >> /CharProcs << %s >> /Resources << >> /ToUnicode %d 0 R >>"
                   % (lo, hi, " ".join("%g" % v for v in widths[lo:hi + 1]), " ".join("%d /g%d" % (c, c) for c, _ in glyphs), " ".join(procs), uni))
        pics = [add("<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode >>" % size, data) for size, data in self.images]
        res = "<< /Font << /F1 %d 0 R >> /XObject << %s >> >>" % (font, " ".join("/I%d %d 0 R" % (i + 1, n) for i, n in enumerate(pics)))
        kids = []
        for ops in self.pages:
            content = add("<< /Filter /FlateDecode >>", zlib.compress("\n".join(ops).encode(), 9))
            kids.append(add("<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %d %d] /Resources %s /Contents %d 0 R >>" % (pages, self.W, self.H, res, content)))
        objs[catalog - 1] = ("<< /Type /Catalog /Pages %d 0 R /Lang (vi) >>" % pages).encode()
        objs[pages - 1] = ("<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), " ".join("%d 0 R" % k for k in kids))).encode()
        info = add("<< /Title %s /Author %s /CreationDate (D:20250820083000+07'00') /Producer (kho samples) >>" % (utf16(title), utf16(author)))
        data, offsets = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n", []
        for i, body in enumerate(objs, 1):
            offsets.append(len(data))
            data += b"%d 0 obj\n" % i + body + b"\nendobj\n"
        start = len(data)
        mark = hashlib.md5(data).hexdigest().upper()
        data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objs) + 1) + b"".join(b"%010d 00000 n \n" % o for o in offsets)
        data += ("trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R /ID [<%s> <%s>] >>\nstartxref\n%d\n%%%%EOF\n" % (len(objs) + 1, catalog, info, mark, mark, start)).encode()
        path.write_bytes(data)


def make_pdf(path, photos):
    pdf = Pdf()

    def frame(number):
        pdf.page()
        pdf.box(0, 0, 595, 842, (252, 248, 236))
        for k in range(46):  # a band of woven squares at head and foot
            for row in range(2):
                if (k + row) % 2:
                    pdf.box(67 + k * 10, 786 + row * 10, 10, 10, BROWN)
                    pdf.box(67 + k * 10, 40 + row * 10, 10, 10, BROWN)
                else:
                    pdf.box(67 + k * 10, 786 + row * 10, 10, 10, STRAW)
                    pdf.box(67 + k * 10, 40 + row * 10, 10, 10, STRAW)
        pdf.text(297, 22, "trang %d / 2" % number, 9, BROWN, "m")

    frame(1)
    pdf.text(297, 744, "SỔ TAY NGHỀ ĐAN ĐÓ THỦ SỸ", 25, RED, "m")
    pdf.text(297, 718, "bản mẫu của kho tư liệu, tháng 8 năm 2025", 12, BROWN, "m")
    pdf.picture(72, 396, 451, photos[0].resize((900, 600), Image.LANCZOS))
    y = 360
    for para in (
            "Đó là một loại dụng cụ bắt cá đan bằng tre, thân phình như chiếc chum, đầu thắt, miệng có hom. Người ta đặt đó ở mương và ruộng nước; cá theo dòng chui qua hom rồi ở lại trong lòng đó.",
            "Ở Thủ Sỹ, nghề đan đó gắn với hai thôn Nội Lăng và Tất Viên. Từ tháng 7 năm 2025 đất Thủ Sỹ thuộc xã Tân Hưng, nhưng tên làng cũ vẫn được dùng hằng ngày.",
            "Một chiếc đó tốt phải tròn thân, khít nan, nhẹ tay. Nan được hun khói nên có màu nâu sẫm; để càng lâu trên gác bếp thì càng bền."):
        y = pdf.paragraph(72, y, para, 13.5, 452) - 10
    frame(2)
    pdf.text(297, 744, "BẢY BƯỚC LÀM MỘT CHIẾC ĐÓ", 21, RED, "m")
    steps = [("Chẻ nan", "Tre bánh tẻ cưa theo lóng, bổ đôi, rồi chẻ nhỏ dần bằng dao chẻ."),
             ("Vót nan", "Dùng dao vót cho nan phẳng, mép không sắc, dày mỏng như nhau."),
             ("Dựng khung", "Buộc các nan dọc vào vòng khuôn, chia đều khoảng cách."),
             ("Đan vành", "Luồn nan ngang, vành này cách vành kia chừng hai đốt ngón tay."),
             ("Hom miệng", "Đan chiếc phễu ngược bằng nan mềm, đầu nan chụm vào trong."),
             ("Cạp thân", "Nức cạp bằng lạt giang cho miệng và đáy thật chắc."),
             ("Gác bếp", "Xếp đó trên gác bếp, hun khói cho đến khi nan ngả nâu.")]
    y = 700
    for i, (name, text) in enumerate(steps, 1):
        pdf.box(72, y - 8, 26, 26, (RED, BROWN)[i % 2])
        pdf.text(85, y, str(i), 17, (255, 250, 236), "m")
        pdf.text(110, y + 5, name, 14.5, INDIGO)
        y = pdf.paragraph(110, y - 14, text, 12, 410) - 20
    y = pdf.paragraph(72, y - 2, "Dụng cụ: dao chẻ, dao vót, dùi, khuôn đan, vồ. Nguyên liệu: tre, nứa, lạt giang.", 12, 452)
    y = pdf.paragraph(72, y - 4, "Hoa văn thường gặp: lóng mốt ở thân, lóng đôi ở đáy, mắt cáo ở hom.", 12, 452)
    for i in (1, 2):
        pdf.picture(72 + 230 * (i - 1), 92, 221, photos[i].resize((540, 360), Image.LANCZOS))
    pdf.paragraph(72, y - 4, "Người soạn: Lê Thị Mẫu (tên đặt cho bản mẫu). Giấy phép CC0-1.0.", 11, 452, colour=BROWN)
    pdf.save(path, "Sổ tay nghề đan đó Thủ Sỹ", "Lê Thị Mẫu")


# --------------------------------------------------------------------------- texts

SILK = """Ghi chép dệt lụa
Ngày 18 tháng 3 năm 2025, tại nhà bà Trần Thị Thoi (tên đặt cho bản mẫu)

Bà kể rằng muốn dệt lụa thì trước hết phải có tơ tốt. Kén đem ươm trong nước nóng già,
người kéo tơ ngồi cạnh nồi, tay gỡ mối, tay quay guồng. Sợi tơ ra đều thì tấm lụa mới mịn.

Tơ kéo xong được mắc lên khung cửi. Sợi dọc căng như dây đàn, sợi ngang nằm trong con thoi.
Chân đạp, tay đẩy thoi, mắt trông mép vải: ba việc làm cùng một nhịp.

Một ngày quen tay, bà dệt được chừng ba vuông lụa trơn. Lụa hoa thì chậm hơn nhiều,
vì mỗi bông hoa phải nhấc sợi theo mẫu đã chép sẵn trên giấy.

Bà dặn: dệt lụa cốt ở kiên nhẫn. Sợi đứt thì nối, nối xong phải vuốt cho phẳng mối,
đừng để người mặc chạm tay vào thấy gợn.
"""

RICE = """Vụ lúa và nghề phụ
Ghi theo lời kể ở thôn, tháng 3 năm 2025

Làng có hai vụ lúa. Vụ chiêm cấy trước Tết, vụ mùa gặt vào đầu đông.
Khi lúa đã bén rễ, việc đồng thưa dần thì nhà nào cũng quay về với nghề phụ.

Nhà ở gần sông phơi cói, chẻ cói để dệt chiếu. Hai người ngồi một khung:
một người dệt, một người văng sợi. Nhà có tre thì đan rổ, đan thúng để đựng thóc.

Đến ngày gặt, khung dệt gác lên xà. Rơm của lúa nếp được giữ lại bện chổi,
rơm tẻ để đun bếp. Gặt xong, khung lại hạ xuống, cả xóm nghe tiếng dệt chiếu từ sáng sớm.

Người già nói gọn: lúa nuôi người, nghề nuôi lúc giáp hạt.
"""

PLAIN = """BIEN BAN HOP XOM

Hom nay ngay 20 thang 3 nam 1985, tai nha van hoa xom, chung toi gom co:
- Ong Pham Van Thu, to truong to det
- Ba Le Thi Mau, thu ky
va muoi hai xa vien.

Noi dung:
1. To det lua bao cao: ca quy dung duoc sau khung cui, so soi du den het thang.
2. To dan do xin mua them tre va nua cho vu nuoc len.
3. Moi to cu mot nguoi day nghe cho thanh nien vao buoi toi.

Tat ca deu nhat tri. Bien ban lap thanh hai ban danh may, khong co dau vi may chu khong co dau.
"""

NFD_TEXT = """Lộng Thượng, ghi chép đi thực địa
Tệp này cố ý viết ở dạng Unicode tách dấu (NFD), cả tên tệp lẫn nội dung.

Lộng Thượng còn được gọi là làng Rồng. Trong bốn thôn từng đúc đồng ở Đại Đồng,
nay chỉ Lộng Thượng còn đỏ lò. Thợ ở đây đúc lư hương, đỉnh, hạc thờ và chuông.

Khuôn làm bằng đất, sấy ba ngày hai đêm. Đồng phế liệu được phân loại trước khi nấu.
"""

HEAD = ["tệp", "tiêu đề", "mô tả", "nghề", "nơi", "ngày", "người chụp"]
P1, P2 = "Phạm Văn Thử", "Lê Thị Mẫu"
TWILL_F = "Hoa văn/hoa văn nan tre lóng đôi.tif"
TABLE = [
    (TWILL_F, "Đan lóng đôi", "Mẫu đan lóng đôi chuyển chiều thành ô trám, nan tre cật và nan ruột", "đan lát", "Thủ Sỹ", "2025-03-05", P2),
    ("Hoa văn/hoa văn mắt cáo.png", "Đan mắt cáo", "Ba hướng nan tạo mắt lục giác, dùng ở hom đó và sọt", "đan lát", "Thủ Sỹ", "2025-03-05", P2),
    ("Hoa văn/hoa sen.png", "Hoa sen nhìn từ trên", "Bông sen tám cánh trong lòng tròn, góc có sen dây", "chạm khắc", "", "2025-03-06", P2),
    ("Hoa văn/gấm hình trám.tif", "Gấm hình trám", "Nền gấm chia ô trám, trong ô có hoa tám cánh", "thêu", "", "2025-03-06", P2),
    ("Hoa văn/hồi văn.tif", "Hồi văn", "Đường diềm hồi văn xen hạt tròn", "đúc đồng", "Lộng Thượng", "2025-03-07", P2),
    ("Hoa văn/sóng nước thủy ba.jpg", "Sóng nước", "Thủy ba vảy cá, núi và mặt trời", "thêu", "", "2025-03-07", P2),
    ("Hoa văn/mặt rồng hổ phù.jpg", "Mặt rồng", "Mặt hổ phù ngậm chữ Thọ, ảnh dọc", "chạm khắc", "", "2025-03-08", P2),
    ("Hoa văn/hoa chanh.png", "Hoa chanh", "Hoa bốn cánh nối vòng, nhị vàng", "mộc", "", "2025-03-08", P2),
    ("Thủ Sỹ - đan đó/chiếc đó ngoài sân.jpg", "Ba chiếc đó ngoài sân", "Đó đã xong, đó đan dở và bó nan dựa tường", "đan đó", "Thủ Sỹ", "2025-03-12", P1),
    ("Thủ Sỹ - đan đó/xe đạp chở đó.jpg", "Xe đạp chở đó lúc rạng đông", "Xe chất đầy đó đi chợ sớm", "đan đó", "Thủ Sỹ", "2025-03-13", P1),
    ("Thủ Sỹ - đan đó/đôi tay đan vành.jpg", "Đôi tay đan vành", "Luồn nan ngang qua các nan dọc", "đan đó", "Thủ Sỹ", "2025-03-12", P1),
    ("Thủ Sỹ - đan đó/đó gác bếp hun khói.jpg", "Đó trên gác bếp", "Hai tầng đó hun khói trên bếp, ảnh dọc", "đan đó", "Thủ Sỹ", "2025-03-12", P1),
    ("Thủ Sỹ - đan đó/chẻ nan và đan đó.mp4", "Chẻ nan và đan đó", "Phim vẽ ngắn về ba công đoạn", "đan đó", "Thủ Sỹ", "2025-03-12", P1),
    ("Thủ Sỹ - đan đó/phỏng vấn cụ bà đan đó.m4a", "Phỏng vấn bà Đoàn Thị Nan", "Bảy bước làm đó qua lời kể, có bản gỡ băng tiếng Việt và tiếng Anh", "đan đó", "Thủ Sỹ", "2025-03-12", P1),
    ("Lộng Thượng - đúc đồng/rót đồng vào khuôn.jpg", "Rót đồng", "Hai người thợ nghiêng nồi, đồng chảy vào khuôn đất", "đúc đồng", "Lộng Thượng", "2025-03-18", P2),
    ("Lộng Thượng - đúc đồng/sấy khuôn đất.jpg", "Sấy khuôn đất", "Khuôn đai thép quanh than hồng, một nửa khuôn mở", "đúc đồng", "Lộng Thượng", "2025-03-17", P2),
    ("Lộng Thượng - đúc đồng/đỉnh đồng thành phẩm.jpg", "Đỉnh đồng", "Đỉnh ba chân, nắp có nghê, ảnh dọc", "đúc đồng", "Lộng Thượng", "2025-03-19", P2),
    ("Lộng Thượng - đúc đồng/phỏng vấn thợ đúc đồng.mp3", "Phỏng vấn ông Tạ Văn Khuôn", "Đắp khuôn, sấy khuôn, nấu đồng, rót đồng, làm nguội", "đúc đồng", "Lộng Thượng", "2025-03-18", P2),
    ("Tài liệu/sổ tay nghề đan đó.pdf", "Sổ tay nghề đan đó Thủ Sỹ", "Hai trang, có lớp chữ", "đan đó", "Thủ Sỹ", "2025-08-20", ""),
]


# --------------------------------------------------------------------------- truth and checks

def fold(text):
    text = unicodedata.normalize("NFD", text.lower()).replace("đ", "d")
    return "".join(c for c in text if not unicodedata.combining(c))


def check_words():
    """The search tests rest on these words being in these files and nowhere else."""
    allowed = {"ghi chép dệt lụa.txt": "lụa", "vụ lúa và nghề phụ.txt": "lúa", "bien ban khong dau.txt": "lua"}
    for p in sorted(OUT.rglob("*")):
        name = nfc(p.name)
        text = name + "\n"
        if p.suffix in (".txt", ".vtt", ".srt", ".csv"):
            text += nfc(p.read_bytes().decode("utf-8-sig"))
        found = {w for w in re.findall(r"[^\W\d_]+", text.lower()) if fold(w) == "lua"}
        want = {allowed[name]} if name in allowed else set()
        if found != want:
            raise SystemExit(f"{name}: syllables {found}, expected {want}")
    lines = [t for talk in (TRAP_TALK, BRONZE_TALK) for row in talk[1] for t in row if t]
    pdf_source = Path(__file__).read_text("utf-8").split("def make_pdf")[1].split("# ----")[0]
    for t in lines + [pdf_source]:
        if any(fold(w) == "lua" for w in re.findall(r"[^\W\d_]+", t)):
            raise SystemExit("a spoken or printed text has the syllable: " + t[:60])
    assert "dệt lụa" in SILK and "dệt chiếu" in RICE and "det lua" in PLAIN and PLAIN.isascii()


def expect():
    """Describe every file of the collection."""
    rows, seen = [], {}
    roles = {".tif": "image", ".png": "image", ".jpg": "image", ".mp4": "film", ".m4a": "sound", ".mp3": "sound", ".pdf": "document",
             ".txt": "text", ".vtt": "transcript", ".srt": "transcript", ".csv": "table"}
    files = sorted((p for p in OUT.rglob("*") if p.is_file()), key=lambda p: (nfc(str(p.parent)).startswith(str(OUT / "bản sao")), os.fsencode(p)))
    for p in files:
        raw = os.fsencode(p.relative_to(OUT))
        data = p.read_bytes()
        sha = hashlib.sha256(data).hexdigest()
        role = "junk" if p.name == ".DS_Store" else "empty" if not data else roles[p.suffix]
        row = {"path": urllib.parse.quote(raw, safe="/"), "name": nfc(raw.decode()), "bytes": len(data), "sha256": sha, "role": role}
        if sha in seen:
            row["role"], row["duplicate_of"] = "duplicate", seen[sha]
        seen.setdefault(sha, row["path"])
        if p.suffix in (".tif", ".png", ".jpg"):
            with Image.open(p) as im:
                ex = im.getexif()
                taken = ex.get_ifd(0x8769).get(0x9003) if p.suffix == ".jpg" else None
                row.update(width=im.width, height=im.height, orientation=ex.get(0x0112, 1) if p.suffix == ".jpg" else 1,
                           taken=re.sub(r"^(\d{4}):(\d\d):(\d\d) ", r"\1-\2-\3T", taken) + "+07:00" if taken else None)
        elif p.suffix in (".mp4", ".m4a", ".mp3"):
            info = probe(p)
            video = [s for s in info["streams"] if s["codec_type"] == "video"]
            if video:
                row.update(width=video[0]["width"], height=video[0]["height"], orientation=1)
            row.update(taken=info["format"].get("tags", {}).get("creation_time"), duration_s=round(float(info["format"]["duration"]), 3))
        rows.append(row)
    rows.sort(key=lambda r: r["path"])
    total = sum(r["bytes"] for r in rows)
    text = json.dumps({"licence": "CC0-1.0", "files": len(rows), "bytes": total, "distinct": len(seen), "list": rows}, ensure_ascii=False, indent=1)
    (HERE / "EXPECT.json").write_text(text + "\n", "utf-8")
    return rows, total


# --------------------------------------------------------------------------- everything

def main():
    if OUT.exists():
        shutil.rmtree(OUT)
    pat, fish, cast, docs, copies = (OUT / n for n in ("Hoa văn", "Thủ Sỹ - đan đó", "Lộng Thượng - đúc đồng", "Tài liệu", "bản sao"))
    for folder in (pat, fish, cast, docs, copies):
        folder.mkdir(parents=True)

    print("hoa văn …")
    sheet_twill().save(OUT / TWILL_F, "TIFF", compression="tiff_adobe_deflate", dpi=(DPI, DPI))
    sheet_brocade().save(pat / "gấm hình trám.tif", "TIFF", compression="tiff_adobe_deflate", dpi=(DPI, DPI))
    sheet_meander().save(pat / "hồi văn.tif", "TIFF", compression="tiff_lzw", dpi=(DPI, DPI))
    for name, sheet in (("hoa văn mắt cáo", sheet_hexagon), ("hoa sen", sheet_lotus), ("hoa chanh", sheet_limeflower)):
        sheet().save(pat / (name + ".png"), "PNG", optimize=True, dpi=(DPI, DPI))
    save_jpeg(sheet_waves(), pat / "sóng nước thủy ba.jpg", "2025:03:07 09:12:40", "pattern sheet: waves", 1, 86)
    save_jpeg(sheet_dragon(), pat / "mặt rồng hổ phù.jpg", "2025:03:08 10:05:11", "pattern sheet: dragon mask", 6, 86)

    print("ảnh …")
    photos = [photo_trap(), photo_bicycle(), photo_hands()]
    save_jpeg(photos[0], fish / "chiếc đó ngoài sân.jpg", "2025:03:12 08:41:07", "three fish traps in a courtyard", 1, 80)
    save_jpeg(photos[1], fish / "xe đạp chở đó.jpg", "2025:03:13 05:58:32", "bicycle loaded with fish traps", 1, 78)
    save_jpeg(photos[2], fish / "đôi tay đan vành.jpg", "2025:03:12 09:20:15", "hands weaving a hoop", 3, 78)
    save_jpeg(photo_kitchen(), fish / "đó gác bếp hun khói.jpg", "2025:03:12 16:47:50", "traps smoking over the hearth", 6, 80)
    save_jpeg(photo_pouring(), cast / "rót đồng vào khuôn.jpg", "2025:03:18 19:03:22", "pouring bronze", 1, 80)
    save_jpeg(photo_moulds(), cast / "sấy khuôn đất.jpg", "2025:03:17 15:26:09", "drying clay moulds", 1, 80)
    save_jpeg(photo_burner(), cast / "đỉnh đồng thành phẩm.jpg", "2025:03:19 10:14:55", "finished incense tripod", 8, 80)

    with tempfile.TemporaryDirectory() as name:
        tmp = Path(name)
        print("phỏng vấn …")
        wav, cues = speak(TRAP_TALK, "vi+f2", 50, tmp, "trap")
        ffmpeg("-i", wav, *BITEXACT, "-metadata", "title=Phỏng vấn bà Đoàn Thị Nan", "-metadata", "creation_time=2025-03-12T01:55:00Z", "-metadata", "copyright=CC0-1.0",
               "-af", ROOM, "-ar", "22050", "-ac", "1", "-c:a", "aac", "-b:a", "40k", "-movflags", "+faststart", fish / "phỏng vấn cụ bà đan đó.m4a")
        (fish / "phỏng vấn cụ bà đan đó.vi.vtt").write_text(vtt(cues, "vi", "Bản gỡ băng tiếng Việt. Nhân vật và lời nói do dự án đặt ra."), "utf-8")
        (fish / "phỏng vấn cụ bà đan đó.en.vtt").write_text(vtt(cues, "en", "English version. The speaker is invented."), "utf-8")
        wav, cues = speak(BRONZE_TALK, "vi+m1", 34, tmp, "bronze")
        ffmpeg("-i", wav, *BITEXACT, "-metadata", "title=Phỏng vấn ông Tạ Văn Khuôn", "-metadata", "date=2025-03-18", "-metadata", "copyright=CC0-1.0",
               "-af", ROOM, "-ar", "22050", "-ac", "1", "-c:a", "libmp3lame", "-b:a", "40k", cast / "phỏng vấn thợ đúc đồng.mp3")
        (cast / "phỏng vấn thợ đúc đồng.srt").write_text(srt(cues), "utf-8")
        print("phim …")
        make_film(fish / "chẻ nan và đan đó.mp4", tmp)

    print("tài liệu …")
    make_pdf(docs / "sổ tay nghề đan đó.pdf", photos)
    (docs / "ghi chép dệt lụa.txt").write_text(SILK, "utf-8")
    (docs / "vụ lúa và nghề phụ.txt").write_text(RICE, "utf-8")
    (docs / "bien ban khong dau.txt").write_text(PLAIN, "utf-8")
    (docs / nfd("Lộng Thượng NFD.txt")).write_text(nfd(NFD_TEXT), "utf-8")
    (docs / "rỗng.txt").write_bytes(b"")
    with open(OUT / "biểu kê.csv", "w", encoding="utf-8-sig", newline="") as f:
        csv.writer(f, lineterminator="\r\n").writerows([HEAD, *TABLE])
    shutil.copyfile(OUT / TWILL_F, copies / "nan tre (bản sao).tif")
    (OUT / ".DS_Store").write_bytes(random.Random(64).randbytes(64))

    for row in TABLE:
        assert (OUT / row[0]).is_file(), row[0]
    check_words()
    rows, total = expect()
    print(len(rows), "files,", total, "bytes")
    if total > 6_000_000:
        sys.exit("too large")


if __name__ == "__main__":
    main()
