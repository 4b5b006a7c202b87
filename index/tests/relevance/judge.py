#!/usr/bin/env python3
"""Writes judgements.jsonl from the concepts in records.jsonl and queries.jsonl, then checks the set.

No engine takes part: a grade is a comparison of concept ids. Run without arguments from anywhere.
With --check nothing is written, and the file that is there must be what would be written."""
import collections, hashlib, json, pathlib, re, statistics, sys, unicodedata as U

HERE = pathlib.Path(__file__).resolve().parent
CLASSES = ("exact unmarked partial variant nfd telex vni typo homograph phrase synonym cross place code "
           "speech none").split()


def lines(name):
    return [json.loads(l) for l in (HERE / name).read_text(encoding="utf-8").splitlines() if l]


def fold(text):
    text = U.normalize("NFD", text.lower()).replace("đ", "d")
    return "".join(c for c in text if not U.combining(c))


def words(text):
    return re.findall(r"[^\W_]+", text)


def catalogue(r):
    return " . ".join([*r["title"].values(), r["text"], r.get("place", ""), r.get("code", ""),
                       *r.get("place_names", [])])


def whole(r):
    return catalogue(r) + " . " + " . ".join(p["text"] for p in r.get("passages", []))


def grade(query, record):
    if "records" in query:
        return 2 if record["id"] in query["records"] else 0
    wanted = set(query["concepts"])
    about = set(record["concepts"])
    known = about | set(record.get("mentions", []))
    if not wanted:
        return 0
    if query["class"] == "phrase" and query["query"].strip('"').lower() not in U.normalize("NFC", whole(record)).lower():
        return 0  # who types quotation marks wants these words in this order
    if query.get("all"):
        return 2 if wanted <= about else 1 if wanted <= known else 0
    return 2 if wanted & about else 1 if wanted & known else 0


def main():
    records, queries = lines("records.jsonl"), lines("queries.jsonl")
    concepts = json.loads((HERE / "concepts.json").read_text(encoding="utf-8"))
    out, per = [], collections.defaultdict(list)
    for q in queries:
        for r in records:
            g = grade(q, r)
            if g:
                out.append({"query": q["id"], "record": r["id"], "grade": g})
                per[q["id"]].append((r, g))
    body = "".join(json.dumps(o) + "\n" for o in out)
    target = HERE / "judgements.jsonl"
    bad = []
    if "--check" in sys.argv:
        if target.read_text() != body:
            bad.append("judgements.jsonl is not what the concepts say")
    else:
        target.write_text(body)

    for name, rows in (("records", records), ("queries", queries)):
        if len({x["id"] for x in rows}) != len(rows):
            bad.append(f"{name}: an id twice")
    codes = [r["code"] for r in records if "code" in r]
    if len(set(codes)) != len(codes):
        bad.append("a code twice")
    for r in records:
        for c in r["concepts"] + r.get("mentions", []):
            if c not in concepts:
                bad.append(f"{r['id']}: {c} is not defined")
    vocabulary = {fold(w) for r in records for w in words(whole(r))}
    folded = {r["id"]: {fold(w) for w in words(whole(r))} for r in records}
    plain = {r["id"]: {w.lower() for w in words(U.normalize("NFC", catalogue(r)))} for r in records}
    byid = {r["id"]: r for r in records}
    for q in queries:
        n, text, kind = per[q["id"]], q["query"], q["class"]
        for c in q.get("concepts", []):
            if c not in concepts:
                bad.append(f"{q['id']}: {c} is not defined")
        if kind not in CLASSES:
            bad.append(f"{q['id']}: class {kind}")
        if (not n) != (kind == "none"):
            bad.append(f"{q['id']} {text}: {len(n)} judgements")
        mine = [fold(w) for w in words(text)]
        if kind == "none" and any(set(mine) <= f for f in folded.values()):
            bad.append(f"{q['id']} {text}: a record has all its words")
        if kind in ("telex", "vni", "typo") and all(w in vocabulary for w in mine):
            bad.append(f"{q['id']} {text}: every token is a word of the records")
        if kind == "nfd" and U.is_normalized("NFC", text):
            bad.append(f"{q['id']}: not in NFD")
        if kind in ("unmarked",) and text != fold(text):
            bad.append(f"{q['id']}: has marks")
        if kind == "phrase":
            for r, g in n:
                if text.strip('"').lower() not in U.normalize("NFC", whole(r)).lower():
                    bad.append(f"{q['id']} {text}: not in {r['id']} ({g})")
        if kind == "homograph":
            for r, g in n:
                if g == 2 and not set(words(text.lower())) <= {w.lower() for w in words(U.normalize("NFC", whole(r)))}:
                    print(f"  look: {q['id']} {text} does not stand in {r['id']}")
        if kind == "synonym":
            for r, g in n:
                if text.lower() in U.normalize("NFC", whole(r)).lower():
                    bad.append(f"{q['id']} {text}: stands in {r['id']}")
        if kind == "speech":
            rid, start = q["passage"].split("@")
            ps = [p["text"] for p in byid[rid]["passages"] if p["start"] == int(start)]
            if not ps or not set(mine) <= {fold(w) for w in words(ps[0])}:
                bad.append(f"{q['id']} {text}: not in the passage")
            if any({w.lower() for w in words(text)} <= p for p in plain.values()):
                bad.append(f"{q['id']} {text}: a catalogue text has all its words")
    print("records", len(records), "concepts", len(concepts), "queries", len(queries), "judgements", len(out))
    print("median words", statistics.median(len(r["text"].split()) for r in records), "of a text;",
          "records in NFD", sum(not U.is_normalized("NFC", r["text"]) for r in records),
          "with passages", sum("passages" in r for r in records))
    for c in CLASSES:
        rows = [q for q in queries if q["class"] == c]
        sizes = [len(per[q["id"]]) for q in rows]
        print(f"  {c:10} {len(rows):3}  dev {sum(q['split'] == 'dev' for q in rows):2}  "
              f"held {sum(q['split'] == 'held' for q in rows):2}  relevant {min(sizes)}-{max(sizes)}, "
              f"median {statistics.median(sizes):g}")
    if any(sum(q["class"] == c for q in queries) < 9 for c in CLASSES):
        bad.append("a class has fewer than nine queries")
    for b in bad:
        print("BAD", b)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
