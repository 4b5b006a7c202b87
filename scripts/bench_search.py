#!/usr/bin/env python3
"""The material and the peers of `scripts/bench search`, each in a process of its own.

    scripts/bench_search.py material FOLDER COUNT           writes documents and queries; prints where
    scripts/bench_search.py sqlite CORPUS QUERIES WORK      a peer, see `answer_on_demand`
    scripts/bench_search.py postgres CORPUS QUERIES WORK

A document is a catalogue entry or a passage of speech: sequences of syllables as a chain makes them that was trained on
real Vietnamese text, with real names of people and places. Same sources, same bytes. What is found in it says nothing
about relevance.

A peer does the same work as `kho search --eval`: all words required, with or without diacritics; the 20 best by rank with
snippets, how many there are in all, and how many of each kind and each craft. It is filled once and asked all questions
in each run, so but for the first run it has been asked before; kho is filled anew in each run and asked all of them once
before it is measured.
"""
import collections
import csv
import glob
import gzip
import hashlib
import itertools
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unicodedata

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SHARED = os.path.join(HERE, "../shared")

# Runs of words that no punctuation parts; no Vietnamese syllable has more than seven letters.
RUN = re.compile(r"\b[^\W\d_]{1,7}(?: [^\W\d_]{1,7})*\b")

# So often the chain goes on anywhere: else a small text would be told by heart, with too few pairs of syllables.
LEAP = 0.03

KINDS = {"image": 46, "document": 20, "sound": 14, "film": 11, "object": 6, "practice": 3}
CRAFTS = [f"c{number}" for number in range(1, 24)]

# (how many queries, of how many words, of how many syllables each)
QUERIES = [(120, 1, 1), (140, 1, 2), (140, 2, 2), (60, 3, 2)]

# Two ways to place the tone: hòa and hoà; this is the old one, decomposed.
OLD_TONE = re.compile(r"(?<!q)(?:o[\u0300\u0301\u0303\u0309\u0323][ae]|u[\u0300\u0301\u0303\u0309\u0323]y)\b")


def without_diacritics(text):
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def with_new_tones(text):
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", OLD_TONE.sub(lambda found: found[0][0] + found[0][2] + found[0][1], decomposed))


# --- Material ---


def files_below(folder, *endings):
    """All files with one of these endings, always in the same order."""
    found = []
    for place, _, names in os.walk(folder):
        found += [os.path.join(place, name) for name in names if name.endswith(endings)]
    return sorted(found)


def text_of(path):
    try:
        with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
            return unicodedata.normalize("NFC", file.read())
    except UnicodeDecodeError:
        return ""


def is_vietnamese(run):
    """Most Vietnamese syllables carry a mark; those of other languages, and what belongs to a format, do not."""
    words = run.split()
    return sum(not word.isascii() for word in words) >= 0.5 * len(words)


def runs_of(paths):
    """Every Vietnamese run of words in the files, once: tables repeat themselves."""
    runs = itertools.chain.from_iterable(RUN.findall(text_of(path)) for path in paths)
    return list(dict.fromkeys(run for run in runs if is_vietnamese(run)))


class Sources:
    """What real text teaches: which syllable follows which, and names."""

    def __init__(self):
        media, text = os.path.join(SHARED, "media"), (".txt", ".csv", ".tsv", ".srt", ".vtt")
        # The model is prose about crafts; the samples stand in where nobody else's text is at hand.
        paths = [os.path.join(HERE, "docs/model.vi.md")]
        paths += files_below(media, *text) + files_below(os.path.join(SHARED, "domain"), *text) or files_below(os.path.join(HERE, "samples"), *text)
        prose = [run.lower().split() for run in runs_of(paths)]
        self.prose = [run for run in prose if len(run) > 1]
        names = runs_of(files_below(os.path.join(media, "vi-names"), ".json") + files_below(os.path.join(media, "vi-admin"), ".csv.gz"))
        self.names = [name.split() for name in names if name.istitle()] or [["Thủ", "Sỹ"], ["Hưng", "Yên"], ["Nguyễn", "Văn", "An"]]
        self.syllables = [syllable for run in self.prose for syllable in run]
        self.followers = collections.defaultdict(list)
        for run in self.prose:
            for syllable, follower in zip(run, run[1:] + [None]):
                self.followers[syllable].append(follower)

    def fingerprint(self):
        """Changes with the sources, so that what was made from others is not taken for it."""
        return hashlib.sha256(json.dumps([1, self.prose, self.names]).encode()).hexdigest()[:8]


class Writer:
    """Makes documents, the same ones in the same order every time."""

    def __init__(self, sources):
        self.sources, self.dice, self.number = sources, random.Random(7), 0
        # Some crafts have much in the archive, most have little.
        self.craft_weights = list(itertools.accumulate(1 / place for place in range(1, len(CRAFTS) + 1)))
        self.kind_weights = list(itertools.accumulate(KINDS.values()))

    def one_of(self, choices):
        return choices[int(self.dice.random() * len(choices))]

    def clause(self):
        """A few syllables that punctuation parts from others: as a rule what the chain says, now and then a name."""
        if self.dice.random() < 0.04:
            return list(self.one_of(self.sources.names))
        syllable, clause = self.one_of(self.sources.prose)[0], []
        while syllable and len(clause) < 14:
            clause.append(syllable)
            syllable = self.one_of(self.sources.syllables if self.dice.random() < LEAP else self.sources.followers[syllable])
        return clause

    def title(self):
        wanted, title = self.dice.randint(3, 9), []
        while len(title) < wanted:
            title += self.clause()
        return sentence_of([title[:wanted]])

    def clauses(self):
        """Clauses that together are 120 to 180 characters long, 156 on average."""
        left, clauses = self.dice.triangular(121, 185, 171), []
        while True:
            clause = self.clause()
            for place, syllable in enumerate(clause):
                left -= len(syllable) + 1
                if left < 0:
                    return clauses + [clause[:place]] if place else clauses
            clauses.append(clause)
            left -= 1

    def document(self):
        """The next document, and its clauses as they were before it was typed carelessly."""
        dice, clauses, title = self.dice, self.clauses(), self.title()
        text = sentence_of(clauses)
        if dice.random() < 0.16:
            title = f"{title} HY.{dice.randint(1990, 2026)}.{self.number % 10_000:04}"
        style = dice.random()
        if style < 0.05:
            title, text = without_diacritics(title), without_diacritics(text)
        elif style < 0.07:
            title, text = unicodedata.normalize("NFD", title), unicodedata.normalize("NFD", text)
        elif style < 0.52:
            title, text = with_new_tones(title), with_new_tones(text)
        kind = dice.choices(list(KINDS), cum_weights=self.kind_weights)
        craft = dice.choices(CRAFTS, cum_weights=self.craft_weights)
        self.number += 1
        return {"id": f"d{self.number}", "title": title, "text": text, "facets": {"kind": kind, "craft": craft}}, clauses


def sentence_of(clauses):
    text = ", ".join(" ".join(clause) for clause in clauses)
    return text[:1].upper() + text[1:] + "."


def query_of(dice, clauses, words, syllables):
    """Words of one document, as somebody types them who remembers it."""
    long_enough = [clause for clause in clauses if len(clause) >= syllables] or [sum(clauses, [])]
    picked = []
    for _ in range(words):
        clause = dice.choice(long_enough)
        at = dice.randrange(len(clause) - syllables + 1)
        picked += clause[at:at + syllables]
    query = " ".join(dict.fromkeys(picked))
    return without_diacritics(query) if dice.random() < 0.5 else query


def material(folder, count):
    """Writes `corpus.jsonl` and `queries.jsonl` below the folder, unless they are there, and returns where."""
    sources = Sources()
    made = os.path.join(folder, f"search-{count}-{sources.fingerprint()}")
    if os.path.isdir(made):
        return made
    begun = made + ".part"
    os.makedirs(begun, exist_ok=True)
    writer, dice = Writer(sources), random.Random(8)
    shapes = [(words, syllables) for many, words, syllables in QUERIES for _ in range(many)]
    asked_of = dict(zip(dice.sample(range(count), len(shapes)), shapes))
    queries = []
    with open(f"{begun}/corpus.jsonl", "w", encoding="utf-8") as corpus:
        for number in range(count):
            document, clauses = writer.document()
            corpus.write(json.dumps(document, ensure_ascii=False) + "\n")
            if number in asked_of:
                queries.append(query_of(dice, clauses, *asked_of[number]))
    with open(f"{begun}/queries.jsonl", "w", encoding="utf-8") as file:
        for number, query in enumerate(queries):
            file.write(json.dumps({"id": f"q{number}", "query": query, "relevant": {}}, ensure_ascii=False) + "\n")
    os.rename(begun, made)
    return made


# --- Peers ---


class Missing(Exception):
    """Says what is not installed."""


def documents_of(corpus):
    """Each document as a row: number, title, text, kind, craft."""
    with open(corpus, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            document = json.loads(line)
            yield number, document["title"], document["text"], document["facets"]["kind"][0], document["facets"]["craft"][0]


def batches_of(rows, size=2_000):
    while batch := list(itertools.islice(rows, size)):
        yield batch


def counts_of(groups):
    """Counts in all, of each kind and of each craft, from counts of both together: so one pass over the hits is enough."""
    total, kinds, crafts = 0, collections.Counter(), collections.Counter()
    for kind, craft, count in groups:
        total += count
        kinds[kind] += count
        crafts[craft] += count
    return total, kinds, crafts


class Sqlite:
    """FTS5 with the tokenizer that takes diacritics off (but not from đ), and a narrow table of facets beside it."""

    def __init__(self, work):
        try:
            import sqlite3
            self.base = sqlite3.connect(os.path.join(work, "peer.sqlite"), isolation_level=None)
            self.base.execute('create virtual table found using fts5(title, text, tokenize="unicode61 remove_diacritics 2")')
        except (ImportError, sqlite3.OperationalError) as error:
            raise Missing(f"SQLite with FTS5 ({error})") from error
        self.name = f"SQLite {sqlite3.sqlite_version} FTS5"
        self.cpu = time.thread_time

    def fill(self, corpus):
        """Returns the CPU time of SQLite alone: the lines are read before."""
        spent = 0
        self.base.execute("pragma synchronous = off")
        self.base.execute("create table facets (id integer primary key, kind text, craft text)")
        for batch in batches_of(documents_of(corpus)):
            began = self.cpu()
            self.base.execute("begin")
            self.base.executemany("insert into found (rowid, title, text) values (?, ?, ?)", [row[:3] for row in batch])
            self.base.executemany("insert into facets values (?, ?, ?)", [(row[0], *row[3:]) for row in batch])
            self.base.execute("commit")
            spent += self.cpu() - began
        began = self.cpu()
        self.base.execute("insert into found (found) values ('optimize')")
        return spent + self.cpu() - began

    def bytes(self):
        """What is in use: pages that became free while filling do not count."""
        pages, free, size = (self.base.execute(f"pragma {what}").fetchone()[0] for what in ["page_count", "freelist_count", "page_size"])
        return (pages - free) * size

    def ask(self, query):
        words = " ".join(f'"{word}"' for word in query.split())
        best = "select rowid, title, snippet(found, -1, '<b>', '</b>', '…', 32) from found where found match ? order by rank limit 20"
        hits = self.base.execute(best, [words]).fetchall()
        groups = "select kind, craft, count(*) from found join facets on facets.id = found.rowid where found match ? group by kind, craft"
        return hits, *counts_of(self.base.execute(groups, [words]))

    def close(self):
        self.base.close()


class Postgres:
    """Debian's server with a cluster of its own that listens to nobody but us; one backend, no helpers, no compiler at run time."""

    SETTINGS = {
        "listen_addresses": "", "shared_buffers": "512MB", "work_mem": "64MB", "maintenance_work_mem": "256MB",
        "max_parallel_workers_per_gather": "0", "max_parallel_maintenance_workers": "0", "jit": "off", "autovacuum": "off", "fsync": "off",
    }

    # `fold` is promised to be immutable, which `unaccent` is not; the configuration finds folded words in texts with marks.
    SCHEMA = """
        create extension unaccent;
        create function fold(text) returns text language sql immutable strict parallel safe
            as $$ select public.unaccent('public.unaccent', normalize($1, nfc)) $$;
        create text search configuration vi (copy = simple);
        alter text search configuration vi alter mapping for hword, hword_part, word with unaccent, simple;
        create table documents (id integer primary key, title text, body text, kind text, craft text,
            words tsvector generated always as (to_tsvector('simple', fold(title || ' ' || body))) stored);
    """

    BEST = """
        select id, title, ts_headline('vi', body, question) from (
            select id, title, body, question from documents, plainto_tsquery('simple', fold(%s)) question
            where words @@ question order by ts_rank(words, question) desc limit 20) best
    """

    GROUPS = "select kind, craft, count(*) from documents where words @@ plainto_tsquery('simple', fold(%s)) group by kind, craft"

    def __init__(self, work):
        # Not below `work`: the user postgres must get there, and the path of a socket is short.
        self.folder = tempfile.mkdtemp(prefix="kho-bench-")
        self.server = None
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self):
        try:
            import psycopg2
        except ImportError as error:
            raise Missing("python3-psycopg2") from error
        programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[-2]))
        if not programs:
            raise Missing("postgresql")
        # The server refuses to run as root.
        who = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        if who:
            shutil.chown(self.folder, "postgres", "postgres")
        data = os.path.join(self.folder, "data")
        initdb = [f"{programs[-1]}/initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", data]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd="/", **who)
        settings = {**self.SETTINGS, "unix_socket_directories": self.folder}
        command = [f"{programs[-1]}/postgres", "-D", data, *(f"--{name}={value}" for name, value in settings.items())]
        with open(os.path.join(self.folder, "log"), "w") as log:
            self.server = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **who)
        self.connection = self.connect(psycopg2)
        self.connection.autocommit = True
        self.base = self.connection.cursor()
        self.name = f"PostgreSQL {self.connection.server_version // 10_000}.{self.connection.server_version % 10_000} GIN, unaccent"

    def connect(self, psycopg2):
        """Waits until the server answers."""
        for _ in range(300):
            try:
                return psycopg2.connect(host=self.folder, user="postgres", dbname="postgres")
            except psycopg2.OperationalError:
                time.sleep(0.1)
        with open(os.path.join(self.folder, "log")) as log:
            sys.exit(f"PostgreSQL does not start: {log.read()[-2000:]}")

    def cpu(self):
        """Seconds that the backend which serves us has run."""
        with open(f"/proc/{self.connection.info.backend_pid}/schedstat") as spent:
            return int(spent.read().split()[0]) / 1e9

    def fill(self, corpus):
        self.base.execute(self.SCHEMA)
        began = self.cpu()
        with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as table:
            csv.writer(table).writerows(documents_of(corpus))
            table.seek(0)
            self.base.copy_expert("copy documents (id, title, body, kind, craft) from stdin (format csv)", table)
        self.base.execute("create index on documents using gin (words)")
        self.base.execute("vacuum analyze documents")
        return self.cpu() - began

    def bytes(self):
        self.base.execute("select pg_total_relation_size('documents')")
        return self.base.fetchone()[0]

    def ask(self, query):
        self.base.execute(self.BEST, [query])
        hits = self.base.fetchall()
        self.base.execute(self.GROUPS, [query])
        return hits, *counts_of(self.base.fetchall())

    def close(self):
        if self.server:
            # At once: by default the server waits for us to leave.
            self.server.send_signal(signal.SIGINT)
            self.server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def one_pass(peer, queries):
    """Asks every query once; returns CPU milliseconds at two places of their order, and how many hits a query has."""
    times, totals = [], []
    for query in queries:
        began = peer.cpu()
        _, total, *_ = peer.ask(query)
        times.append((peer.cpu() - began) * 1e3)
        totals.append(total)
    times.sort()
    at = {name: times[int(len(times) * share)] for name, share in [("p50", 0.5), ("p99", 0.99)]}
    return {**at, "hits": sum(totals) / len(totals)}


def answer_on_demand(make, corpus, queries, work):
    """Fills a peer and tells what that took; then goes through all queries once for every line that comes in."""
    try:
        peer = make(work)
    except Missing as missing:
        print(json.dumps({"missing": str(missing)}), flush=True)
        return
    try:
        spent = peer.fill(corpus)
        print(json.dumps({"name": peer.name, "index_cpu_s": spent, "index_bytes": peer.bytes()}), flush=True)
        with open(queries, encoding="utf-8") as lines:
            queries = [json.loads(line)["query"] for line in lines]
        one_pass(peer, queries[:20])
        for _ in sys.stdin:
            print(json.dumps(one_pass(peer, queries)), flush=True)
    finally:
        peer.close()


def main():
    what, *arguments = sys.argv[1:]
    if what == "material":
        print(material(arguments[0], int(arguments[1])))
    else:
        answer_on_demand({"sqlite": Sqlite, "postgres": Postgres}[what], *arguments)


if __name__ == "__main__":
    main()
