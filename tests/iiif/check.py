#!/usr/bin/env python3
"""Reads all that a kho tells by IIIF, and checks it against the schemas beside this file.

check.py PROGRAM [MEDIA]: an archive of the samples and one of MEDIA (default: ../shared/media) are made and opened to everyone,
with crafts, captions and an index; every collection, manifest, search and feed is read as a stranger reads it. Of more than 500
records every eighth picture is asked for.
Needs Debian's python3-jsonschema.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import jsonschema

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CHECKERS = {name: jsonschema.Draft202012Validator(json.loads((HERE / f"{name}.json").read_text())) for name in ("presentation", "search", "discovery")}


class Archive:
    """An archive that everyone may see, and its viewer."""

    def __init__(self, program, source, folder):
        self.program, self.folder, self.trouble = program, folder, []
        self.run("init", folder, "--name", "Kho thử", archive=False)
        self.run("ingest", source, "--access", "public", fails=True)
        self.seen = {}

    def run(self, *arguments, archive=True, fails=False):
        environment = dict(os.environ, KHO_ACTOR="cô Thuỷ")
        if archive:
            environment["KHO_ARCHIVE"] = str(self.folder)
        done = subprocess.run([self.program, *map(str, arguments)], env=environment, capture_output=True, text=True)
        # Refused files are no failure of what is checked here.
        if done.returncode > (1 if fails else 0):
            sys.exit(f"{arguments}: {done.stderr}")
        return done.stdout

    def records(self):
        return [json.loads(line) for line in self.run("records").splitlines()]

    def make(self, kind, *fields):
        return json.loads(self.run("new", kind, "--json", "access=public", *fields))["id"]

    def serve(self):
        environment = dict(os.environ, KHO_ARCHIVE=str(self.folder))
        self.server = subprocess.Popen([self.program, "serve", "--listen", "127.0.0.1:0"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.origin = self.server.stdout.readline().strip().removeprefix("listening on ")

    def get(self, address, method="GET"):
        """Returns status, headers and bytes of an address of this viewer."""
        if not address.startswith(self.origin + "/"):
            self.complain(address, "leads to another server")
            return 0, {}, b""
        request = urllib.request.Request(address, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def complain(self, address, what):
        self.trouble.append(f"{address}: {what}")

    def read(self, address, schema):
        """Reads one document and checks it; `None` if it is not there."""
        status, headers, body = self.get(address)
        if status != 200:
            self.complain(address, f"answers {status}")
            return None
        if headers.get("Access-Control-Allow-Origin") != "*" or not headers.get("Content-Type", "").startswith("application/ld+json;profile="):
            self.complain(address, f"headers: {dict(headers)}")
        made = json.loads(body)
        for error in CHECKERS[schema].iter_errors(made):
            best = jsonschema.exceptions.best_match([error])
            self.complain(address, f"{'/'.join(map(str, best.absolute_path))}: {best.message[:400]}")
        if urllib.parse.unquote(made["id"]) != urllib.parse.unquote(address):
            self.complain(address, f"says that it is {made['id']}")
        self.seen[schema] = self.seen.get(schema, 0) + 1
        return made


# Faults that other people's manifests have, and that the check must notice in one of ours.
FAULTS = {
    "no label": lambda manifest: manifest.pop("label"),
    "a label that is no language map": lambda manifest: manifest.update(label="Đan đó"),
    "a label with a word instead of a list": lambda manifest: manifest.update(label={"vi": "Đan đó"}),
    "no canvas": lambda manifest: manifest.update(items=[]),
    "a canvas of another type": lambda manifest: manifest["items"][0].update(type="Sequence"),
    "a canvas without extent": lambda manifest: [manifest["items"][0].pop(side, None) for side in ("width", "height", "duration")],
    "a canvas with one side": lambda manifest: (manifest["items"][0].update(width=9), manifest["items"][0].pop("height", None)),
    "a canvas with a fragment": lambda manifest: manifest["items"][0].update(id="https://kho.vn/canvas#1"),
    "an empty provider": lambda manifest: manifest.update(provider=[]),
    "a licence of our own": lambda manifest: manifest.update(rights="https://kho.vn/licence"),
    "a day without a time": lambda manifest: manifest.update(navDate="1930-01-01"),
    "a painting that is a comment": lambda manifest: manifest["items"][0]["items"][0]["items"][0].update(motivation="commenting"),
    "a homepage that is no list": lambda manifest: manifest.update(homepage=manifest["homepage"][0]),
    "a script in a value": lambda manifest: manifest.update(metadata=[{"label": {"vi": ["a"]}, "value": {"vi": ["<script>alert(1)</script>"]}}]),
    "an unknown property": lambda manifest: manifest.update(sequences=[]),
    "the context of version 2": lambda manifest: manifest.update({"@context": "http://iiif.io/api/presentation/2/context.json"}),
}


def check_the_check(archive, manifest):
    """Spoils a good manifest in many ways: each must be noticed."""
    good = json.loads(archive.get(manifest)[2])
    for fault, spoil in FAULTS.items():
        bad = json.loads(json.dumps(good))
        spoil(bad)
        if CHECKERS["presentation"].is_valid(bad):
            archive.complain("the schema", f"does not notice {fault}")


def crawl(archive):
    """Reads every collection below the top one, and returns the manifests."""
    waiting, known, manifests = [f"{archive.origin}/iiif/presentation/3/collections"], set(), set()
    while waiting:
        address = waiting.pop()
        if address in known:
            continue
        known.add(address)
        for item in (archive.read(address, "presentation") or {"items": []})["items"]:
            (manifests.add if item["type"] == "Manifest" else waiting.append)(item["id"])
    return sorted(manifests)


def identifiers(part, found):
    """All identifiers of what stands in a manifest itself: canvases, pages, annotations, ranges."""
    if isinstance(part, dict):
        if part.get("type") in ("AnnotationPage", "Annotation", "Range") or (part.get("type") == "Canvas" and "label" in part):
            found.append(part["id"])
        for value in part.values():
            identifiers(value, found)
    elif isinstance(part, list):
        for value in part:
            identifiers(value, found)
    return found


def check_manifest(archive, address):
    manifest = archive.read(address, "presentation")
    if manifest is None:
        return
    found = identifiers(manifest["items"] + manifest.get("structures", []), [])
    if len(found) != len(set(found)):
        archive.complain(address, "an identifier stands twice")
    canvases = {canvas["id"]: canvas for canvas in manifest["items"]}
    for canvas in manifest["items"]:
        check_canvas(archive, address, canvas)
    for item in ranges(manifest.get("structures", [])):
        check_time(archive, address, canvases, item["id"])
    for part in ("thumbnail", "homepage", "seeAlso", "rendering"):
        for link in manifest.get(part, []):
            check_link(archive, address, link)
    for service in manifest.get("service", []):
        check_search(archive, address, canvases, service)


def ranges(structures):
    for item in structures:
        if item["type"] == "Canvas":
            yield item
        else:
            yield from ranges(item["items"])


def check_time(archive, address, canvases, target):
    canvas, _, time = target.partition("#t=")
    if canvas not in canvases:
        return archive.complain(address, f"{target} is on no canvas")
    times = [float(moment) for moment in time.split(",") if moment]
    if times != sorted(times) or any(moment > canvases[canvas].get("duration", 0) + 1 for moment in times):
        archive.complain(address, f"{target} is not within {canvases[canvas].get('duration')}")


def check_canvas(archive, address, canvas):
    for page in canvas.get("items", []):
        for painting in page["items"]:
            body = painting["body"]
            if painting["target"] != canvas["id"]:
                archive.complain(address, "something is painted elsewhere")
            # An access copy may be smaller than its canvas, so it tells no size; whether it is there yet depends on when one asks.
            sides = ("duration",) if body["id"].endswith("/copy") else ("width", "height", "duration")
            if any(body.get(side) != canvas.get(side) for side in sides):
                archive.complain(address, f"{body} does not fill its canvas")
            check_body(archive, address, canvas, body)
    for page in canvas.get("annotations", []):
        for annotation in page["items"]:
            for text in annotation["body"].get("items", [annotation["body"]]):
                check_link(archive, address, text)


def check_body(archive, address, canvas, body):
    """The Image API tells the size of the canvas. If the program has none, no picture has one."""
    if "service" not in body:
        return check_link(archive, address, body)
    service = body["service"][0]["id"]
    # To ask for a picture cuts it into tiles, which takes minutes for thousands. Digests decide, so it is the same ones every time.
    if archive.asks_few and int(service[-1], 16) >= 2:
        return
    status, _, answer = archive.get(service + "/info.json")
    # That a picture cannot be drawn is found out when it is asked for first; from then on, nobody is sent there.
    if status == 404 and service not in json.dumps(archive.read(address, "presentation")):
        return check_manifest(archive, address)
    archive.images.append((status, address))
    if status == 200:
        told, sides = json.loads(answer), ("width", "height")
        # It may serve a smaller picture than the original (a reduced JPEG 2000), but of the same shape.
        (width, height), (wide, high) = [told[side] for side in sides], [canvas[side] for side in sides]
        if abs(width * high - height * wide) > max(width, height, wide, high):
            archive.complain(address, f"the image is {width} × {height}, the canvas {wide} × {high}")


def check_link(archive, address, link):
    status, headers, _ = archive.get(link["id"], "HEAD")
    if status != 200:
        archive.complain(address, f"{link['id']} answers {status}")
    given = headers.get("Content-Type", "").split(";")[0]
    # HTML and XML of strangers are given as text, so that nothing in them runs.
    if link.get("format") not in (None, given) and not (given == "text/plain" and re.search("html|xml", link["format"])) and link["type"] != "Dataset":
        archive.complain(address, f"{link['id']} is {given}, not {link['format']}")


def check_search(archive, address, canvases, service):
    for word in ("nghe", "đan", "va", "khong co tu nay"):
        query = urllib.parse.quote(word, safe="")
        hits = archive.read(f"{service['id']}?q={query}", "search")
        for hit in (hits or {"items": []})["items"]:
            check_time(archive, address, canvases, hit["target"])
        archive.read(f"{service['service'][0]['id']}?q={query}", "search")


def check_feed(archive, manifests):
    top = archive.read(f"{archive.origin}/iiif/discovery/1/activities", "discovery")
    address, told, pages = top["last"]["id"], {}, 0
    while address:
        page = archive.read(address, "discovery")
        pages += 1
        for item in reversed(page["orderedItems"]):
            told.setdefault(item["object"]["id"], item["type"])
        address = page.get("prev", {}).get("id")
    there = {manifest for manifest, doing in told.items() if doing != "Delete"}
    if there != set(manifests):
        archive.complain("the feed", f"differs from the collections: {sorted(there ^ set(manifests))[:5]}")
    return pages


def enrich(archive):
    """A craft at a place, an index and a withdrawal, so that there is something of everything."""
    records = archive.records()
    media = [record for record in records if record["kind"] in ("image", "film", "sound", "document")]
    craft = archive.make("craft", "title=Đan đó", "title.en=Fish-trap weaving")
    place = archive.make("place", "title=Thủ Sỹ", "place_kind=commune", "names=Thủ Sỹ", "part_of=không rõ")
    practice = archive.make("practice", "title=Đan đó Thủ Sỹ", f"craft={craft}", f"place={place}", "holders=không rõ")
    for record in media[:6]:
        archive.run("set", record["id"], f"shows={practice}", "caption=<script>alert(1)</script>", "licence=CC-BY-4.0", "notices=cn-attrib", "created=khoảng 1930")
    for record in [record for record in media if record["kind"] in ("film", "sound")][:2]:
        points = [{"time": 0, "end": 500, "title": {"vi": "Mở đầu", "en": "Opening"}, "synopsis": {"vi": "<b>Chào</b>"}}, {"time": 500, "end": {"state": "unknown"}, "title": {"vi": "Kể"}}]
        segments = [{"start": 0, "end": 900, "text": {"vi": "Nghề đan đó và nghệ nhân", "en": "The weaving of traps"}}]
        archive.make("transcript", "title=Lời kể", f"media={record['id']}", "state=verified", f"segments={json.dumps(segments)}", f"index_points={json.dumps(points)}")
    for record in records:
        if record["kind"] == "accession":
            archive.run("set", record["id"], "access=public")
    if len(media) > 8:
        archive.run("set", media[-1]["id"], "access=closed")


def check(program, source, name):
    with tempfile.TemporaryDirectory(dir=os.environ.get("KHO_SCRATCH")) as scratch:
        archive = Archive(program, source, Path(scratch) / "kho")
        archive.images, archive.asks_few = [], len(archive.records()) > 500
        enrich(archive)
        archive.serve()
        try:
            manifests = crawl(archive)
            for manifest in manifests:
                check_manifest(archive, manifest)
            check_the_check(archive, manifests[0])
            pages = check_feed(archive, manifests)
        finally:
            archive.server.terminate()
            archive.server.wait()
        # Once the Image API is in the program, every picture that a manifest names must be served by it.
        served = [status == 200 for status, _ in archive.images]
        if any(served) and not all(served):
            archive.trouble += [f"{address}: the Image API answers {status}" for status, address in archive.images if status != 200]
        note = "" if any(served) or not served else "; this program has no Image API yet: its answers were not compared"
        print(f"{name}: {len(manifests)} manifests, {archive.seen.get('presentation', 0)} documents of the Presentation API, "
              f"{archive.seen.get('search', 0)} of Content Search, {pages} pages of the feed, {len(archive.trouble)} faults{note}")
        for trouble in archive.trouble[:40]:
            print("  " + trouble)
        return not archive.trouble and bool(manifests)


def main():
    program = os.path.abspath(sys.argv[1])
    media = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT.parent / "shared" / "media"
    is_sound = check(program, ROOT / "samples" / "collection", "samples")
    if media.is_dir():
        is_sound = check(program, media, "shared media") and is_sound
    else:
        print(f"{media} is absent: only the samples were checked")
    sys.exit(0 if is_sound else 1)


if __name__ == "__main__":
    main()
