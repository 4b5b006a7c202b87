#!/usr/bin/env python3
"""Makes an archive in which every text of every kind of record, file names and spoken words too, tries to be a program.

    python3 tests/browser/plant.py PATH_TO_KHO FOLDER      the archive is FOLDER/kho; prints how much was planted

What can be said of each kind is read from archive/model, so a new field is planted without being listed here.
"""

import csv
import json
import pathlib
import shutil
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLANT = """</title></script><script>planted()</script><kho-planted onclick=planted()>"'` " onmouseover="planted()" &lt;b&gt; &amp; đan đó {{7*7}}"""
# A file name holds no slash.
PLANT_NAME = """<script>planted()<img src=x onerror=planted()> "onmouseover="planted()" '&amp;' đan đó"""
LINK = "javascript:planted()"
# What the archive makes by itself, or what would close what is to be looked at.
LEFT_OUT = {"id", "kind", "access", "field_access", "history", "merged_into", "files", "technical", "review_due", "step_access"}
ENDINGS = {"image": ".jpg", "film": ".mp4", "sound": ".m4a"}
DEEPEST = 4


def model():
    """The fields of each kind, and the codes of each vocabulary."""
    kinds, words = {}, {}
    for path in sorted((ROOT / "archive/model").glob("*.toml")):
        read = tomllib.loads(path.read_text(encoding="utf-8"))
        for vocabulary in read.get("vocabulary", []):
            words[vocabulary["name"]] = [value["code"] for value in vocabulary["value"]]
        if kind := read.get("kind"):
            for name in kind.get("kinds") or [kind["name"]]:
                kinds[name] = (kind.get("embedded", False), read.get("field", []))
    return kinds, words


KINDS, WORDS = model()


def value(field, ids, depth):
    """A planted value of a field, or None if nothing can be planted there."""
    one = bare(field, ids, depth)
    if one is None:
        return None
    if field.get("claims"):
        return [{"value": one, "note": texts(), "reason": texts(), "sources": {"state": "unknown"}}]
    return [one] if field.get("many") else one


def bare(field, ids, depth):
    match field["type"]:
        case "text":
            return texts()
        case "line":
            return LINK if field["name"] in ("url", "link", "address", "contact") else PLANT
        case "code":
            return "vi" if "language" in field["name"] else PLANT
        case "date":
            return {"edtf": "1994", "wording": PLANT}
        case "quantity":
            return {"value": 3, "unit": PLANT, "as_written": PLANT}
        case "number":
            return 1
        case "flag":
            return True
        case "enum":
            return (WORDS.get(field.get("vocabulary")) or [None])[0]
        case "ref" | "term":
            return next((ids[kind] for kind in field.get("to", ["term"]) if kind in ids), None)
        case "group" if depth < DEEPEST:
            return entry(field["of"], ids, depth + 1)
    return None


def texts():
    return {"vi": PLANT, "en": PLANT + " (en)"}


def entry(kind, ids, depth=0):
    planted = {field["name"]: value(field, ids, depth) for field in KINDS[kind][1] if field["name"] not in LEFT_OUT}
    if depth > 0 and any(field["name"] == "id" for field in KINDS[kind][1]):
        planted["id"] = "b1"
    if depth > 0 and any(field["name"] == "access" and field.get("required") for field in KINDS[kind][1]):
        planted["access"] = {"level": "public"}
    return {name: said for name, said in planted.items() if said is not None}


class Kho:
    def __init__(self, program, folder):
        self.program, self.folder, self.archive = program, folder, folder / "kho"

    def run(self, *words):
        done = subprocess.run([self.program, *words], env={"KHO_ARCHIVE": str(self.archive), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True)
        if done.returncode > 1:
            sys.exit(f"kho {' '.join(map(str, words))}: {done.stderr}")
        return done.stdout

    def records(self):
        return [json.loads(line) for line in self.run("records").splitlines()]

    def bring(self, kind, code, fields):
        """Makes or changes the record with this code by a table of one row: lists and groups in JSON, all else as people type it."""
        cells, columns = {}, ""
        for name, said in fields.items():
            if name in ("title", "description"):
                cells |= {f"{name}.{language}": said[language] for language in ("vi", "en")}
                columns += f'"{name}.vi" = "{name}.vi"\n"{name}.en" = "{name}.en"\n'
            elif isinstance(said, dict | list):
                cells[name] = json.dumps(said, ensure_ascii=False)
                columns += f'{name} = {{ field = "{name}", json = true }}\n'
            else:
                cells[name] = "có" if said is True else said
                columns += f'{name} = "{name}"\n'
        table = self.folder / "table.csv"
        with table.open("w", newline="", encoding="utf-8") as file:
            file.write("sep=,\n")
            csv.writer(file).writerows([["code", *cells], [code, *cells.values()]])
        table.with_suffix(".toml").write_text(f'kind = "{kind}"\nkey = "code"\n[columns]\ncode = "code"\n{columns}', encoding="utf-8")
        report = json.loads(self.run("import", table, "--map", table.with_suffix(".toml"), "--access", "public", "--json"))
        return [row["reason"] for row in report["rows"] if row.get("reason")]

    def bring_what_can_be(self, kind, fields, complaints):
        """Plants all fields at once; if they are refused, in halves, until those are found that are. Returns how many stand."""
        refused = self.bring(kind, kind, dict(fields))
        if not refused:
            return len(fields)
        if len(fields) == 1:
            complaints += [f"{kind}.{fields[0][0]}: {reason}" for reason in refused]
            return 0
        half = len(fields) // 2
        return sum(self.bring_what_can_be(kind, part, complaints) for part in (fields[:half], fields[half:]))


def deliver(kho):
    """Files whose names and words are planted, in a folder whose name is."""
    source = kho.folder / f"nguồn {PLANT_NAME}"
    inner = source / PLANT_NAME
    inner.mkdir(parents=True)
    for kind, ending in ENDINGS.items():
        found = min((ROOT / "samples/collection").rglob(f"*{ending}"), key=lambda path: path.stat().st_size)
        shutil.copy(found, inner / f"{PLANT_NAME} {kind}{ending}")
    (inner / f"{PLANT_NAME} document.txt").write_text(PLANT, encoding="utf-8")
    (inner / f"{PLANT_NAME} bare.xyz").write_bytes(b"\x00\x01")
    for kind in ("film", "sound"):
        cues = f"WEBVTT\n\n00:00.000 --> 00:02.000\n<v {PLANT_NAME}>{PLANT}\n\n00:02.000 --> 00:04.000\n&lt;script&gt;planted()&lt;/script&gt;\n"
        (inner / f"{PLANT_NAME} {kind}.vi.vtt").write_text(cues, encoding="utf-8")
    kho.run("ingest", source, "--access", "public", "--giver", PLANT_NAME, "--note", PLANT)


def main():
    kho = Kho(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
    kho.run("init", kho.archive, "--name", PLANT_NAME, "--without-terms")
    deliver(kho)
    complaints = []
    # First what others can name, then everything that can be said of it.
    ids = {record["kind"]: record["id"] for record in kho.records()}
    for kind, identifier in ids.items():
        kho.run("set", identifier, f"code={kind}", f"title={PLANT}")
    for kind, (embedded, _) in KINDS.items():
        if not embedded and kind not in ids and kind != "common":
            complaints += kho.bring(kind, kind, {"title": texts()})
    ids = {record["kind"]: record["id"] for record in kho.records()}
    planted = 0
    for kind in filter(KINDS.__contains__, ids):
        said = {**entry("common", ids), **entry(kind, ids)}
        said.pop("code", None)
        planted += kho.bring_what_can_be(kind, list(said.items()), complaints)
    print(json.dumps({"plant": PLANT, "name": PLANT_NAME, "records": len(kho.records()), "fields": planted, "refused": complaints}, ensure_ascii=False))


main()
