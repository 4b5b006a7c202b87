#!/usr/bin/env python3
"""Gives back the folders of this archive as they came, without any other software.

    python3 restore.py TO [--accession ID]

writes TO/ACCESSION/ROOT/... with the exact names, checks each file against its SHA-256, restores
symbolic links, empty folders and times, and never overwrites anything. What a newer content replaced
at the same path is written to TO/ACCESSION/ROOT.superseded/TIME/... . What was erased by law is named
and is no problem. Needs Python 3.9 or later, standard library only. Exit code: 0 all restored; 1 something is missing or damaged (each is named);
2 wrong use.
"""
import argparse
import calendar
import hashlib
import json
import os
import sys
import time
from urllib.parse import unquote_to_bytes

HERE = os.path.dirname(os.path.abspath(__file__))
PROBLEMS = []
ERASED = set()  # contents that the law took out


def problem(message):
    PROBLEMS.append(message)
    sys.stderr.buffer.write(("PROBLEM: " + message + "\n").encode("utf-8", "backslashreplace"))


def note(message):
    sys.stderr.buffer.write(("note: " + message + "\n").encode("utf-8", "backslashreplace"))


def latest_records():
    """The latest revision of each record. A line that cannot be read is named, the others count."""
    records = {}
    folder = os.path.join(HERE, "journal")
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".jsonl"):
            continue
        with open(os.path.join(folder, name), "rb") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    change = json.loads(line)
                    record, event = change.get("record"), change.get("event") or {}
                except (ValueError, AttributeError):
                    problem("journal/%s line %d cannot be read" % (name, number))
                    continue
                if event.get("type") == "deletion":
                    ERASED.update(event.get("blobs", []))
                if record and record["revision"] > records.get(record["id"], {"revision": 0})["revision"]:
                    records[record["id"]] = record
    return records


def safe_join(base, raw):
    """The path below `base` for percent-encoded bytes; None if it would lead out of it."""
    parts = [part for part in unquote_to_bytes(raw).split(b"/") if part]
    if any(part in (b".", b"..") or b"\0" in part for part in parts):
        return None
    return os.path.join(base, *parts)


def nanoseconds(stamp):
    """Nanoseconds since 1970 of a time like 2025-03-12T01:00:00.123456789Z."""
    whole, _, fraction = stamp.rstrip("Z").partition(".")
    seconds = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S"))
    return seconds * 10**9 + int((fraction + "000000000")[:9])


def set_time(path, stamp):
    try:
        moment = nanoseconds(stamp)
        os.utime(path, ns=(moment, moment), follow_symlinks=False)
    except (ValueError, OverflowError, OSError, NotImplementedError):
        pass  # a time is no reason to call a file lost


class Places:
    """Where the source folders of the accessions are restored."""

    def __init__(self, target, records):
        self.target = os.fsencode(target)
        self.names = {}
        for record in records.values():
            taken = set()
            for root in record.get("accession", {}).get("roots", []):
                name = unquote_to_bytes(root["raw"]).replace(b"/", b"") or b"root"
                # Two sources with the same name in one accession: the label tells them apart.
                if name in taken or name in (b".", b".."):
                    name = root["root"].replace("/", "_").encode("utf-8")
                taken.add(name)
                self.names[record["id"], root["root"]] = name

    def root(self, accession, label):
        name = self.names.get((accession, label), label.replace("/", "_").encode("utf-8"))
        return os.path.join(self.target, accession.encode("ascii"), name)


def copy_blob(entry, path):
    """Copies one content to `path` and checks it; returns whether anything was written."""
    digest = entry["digest"]
    blob = os.path.join(HERE, "blobs", digest[:2], digest[2:4], digest)
    shown = os.fsdecode(path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    seen = hashlib.sha256()
    try:
        source = open(blob, "rb")
    except OSError as error:
        if digest in ERASED:
            note("%s was erased by law" % shown)
        else:
            problem("%s: its content %s is missing (%s)" % (shown, digest, error.strerror))
        return False
    with source:
        try:
            target = open(path, "xb")
        except FileExistsError:
            problem("%s exists already and was not overwritten" % shown)
            return False
        with target:
            for piece in iter(lambda: source.read(1 << 20), b""):
                seen.update(piece)
                target.write(piece)
    if seen.hexdigest() != entry["sha256"]:
        problem("%s is damaged: the SHA-256 of blob %s differs" % (shown, digest))
    return True


def restore_file(entry, found, places):
    base = places.root(found["accession"], found["root"])
    if "superseded" in found:
        base += b".superseded/" + found["superseded"].replace(":", "-").encode("ascii")
    path = safe_join(base, found["raw"])
    if path is None:
        return problem("%r leads out of its folder and was left out" % found["raw"])
    try:
        if copy_blob(entry, path):
            set_time(path, found["mtime"])
    except OSError as error:
        problem("%s cannot be written: %s" % (os.fsdecode(path), error))


def restore_link(accession, link, places):
    path = safe_join(places.root(accession, link["root"]), link["raw"])
    if path is None:
        return problem("%r leads out of its folder and was left out" % link["raw"])
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(unquote_to_bytes(link["target"]), path)
        set_time(path, link["mtime"])
    except OSError as error:
        problem("the link %s cannot be made: %s" % (os.fsdecode(path), error))


def restore_folders(record, places):
    """Makes the folders, empty ones too; the deepest get their times first."""
    folders = []
    for folder in record["accession"].get("folders", []):
        path = safe_join(places.root(record["id"], folder["root"]), folder["raw"])
        if path is None:
            continue
        try:
            os.makedirs(path, exist_ok=True)
            folders.append((path, folder["mtime"]))
        except OSError as error:
            problem("the folder %s cannot be made: %s" % (os.fsdecode(path), error))
    for path, stamp in sorted(folders, reverse=True):
        set_time(path, stamp)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    arguments.add_argument("to", metavar="TO", help="a folder, made if need be")
    arguments.add_argument("--accession", metavar="ID", help="only this accession")
    options = arguments.parse_args()
    wanted = options.accession and options.accession.replace("-", "").lower()
    records = latest_records()
    accessions = [r for r in records.values() if "accession" in r and wanted in (None, r["id"])]
    if wanted and not accessions:
        problem("there is no accession %s" % options.accession)
    places = Places(options.to, records)
    for record in records.values():
        if "erased" in record:
            note("record %s was erased by law on %s: %s" % (record["id"], record["erased"]["on"], record["erased"]["reason"]))
        for entry in record.get("files", []):
            for found in entry["paths"]:
                if wanted in (None, found["accession"]):
                    restore_file(entry, found, places)
    for record in accessions:
        for link in record["accession"].get("links", []):
            restore_link(record["id"], link, places)
    for record in accessions:
        restore_folders(record, places)
    return 1 if PROBLEMS else 0


if __name__ == "__main__":
    sys.exit(main())
