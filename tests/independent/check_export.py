#!/usr/bin/env python3
"""Checks an export of the whole archive. Written from docs/export.md, with Python's own library only.

usage: check_export.py DIR [KEYFILE]      exit 0 when it is complete and whole, 1 otherwise

Without KEYFILE the keys in keys.ndjson are used: then the export is only shown to agree with itself.
"""
import csv
import hashlib
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from verify_proof import No, b64, canonical, checkpoint, must, node, once, read_key  # noqa: E402


def lines(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8", newline="\n") as file:
        for line in file:
            yield json.loads(line, object_pairs_hook=once)


def digest(path):
    sha = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            sha.update(piece)
    return sha.hexdigest()


class Tree:
    """The root of RFC 6962, leaf by leaf: the whole subtrees at the right edge, each twice as large as the next."""

    def __init__(self):
        self.edge, self.size = [], 0

    def add(self, leaf):
        n, h = 1, hashlib.sha256(b"\0" + leaf).digest()
        while self.edge and self.edge[-1][0] == n:
            h, n = node(self.edge.pop()[1], h), n * 2
        self.edge.append((n, h))
        self.size += 1

    def root(self):
        if not self.edge:
            return hashlib.sha256(b"").digest()
        h = self.edge[-1][1]
        for _, left in reversed(self.edge[:-1]):
            h = node(left, h)
        return h


def commitment(part, opened, value):
    return hashlib.sha256(b"archiveservice/cm/v1\0" + part.encode() + b"\0" + bytes.fromhex(opened["salt"]) + value).hexdigest()


def check(folder, keyfile=None):
    named = {}
    with open(os.path.join(folder, "manifest-sha256.txt"), encoding="utf-8") as file:
        for line in file:
            sha, name = line.rstrip("\n").split("  ", 1)
            must(name not in named, f"{name} stands twice in the manifest")
            named[name] = sha
    there = {os.path.relpath(os.path.join(d, f), folder) for d, _, files in os.walk(folder) for f in files} - {"manifest-sha256.txt"}
    must(there == set(named), f"the manifest and the folder differ: {sorted(there ^ set(named))[:5]}")
    for name, sha in named.items():
        must(digest(os.path.join(folder, name)) == sha, f"{name} was altered")

    with open(os.path.join(folder, "counts.json"), encoding="utf-8") as file:
        counts = json.load(file)
    must(counts["format"] == "archiveservice/export/v1", "another form")
    for name, number in counts["lines"].items():
        must(sum(1 for _ in lines(folder, name)) == number, f"{name} has another number of lines")
    with open(os.path.join(folder, "diary.csv"), encoding="utf-8-sig", newline="") as file:
        must(sum(1 for _ in csv.reader(file, delimiter=";")) == counts["lines"]["diary.ndjson"] + 1, "diary.csv has another number of rows")

    if keyfile:
        with open(keyfile, encoding="utf-8") as file:
            keys = [read_key(line) for line in file if line.strip()]
    logs = sorted(lines(folder, "logs.ndjson"), key=lambda log: log["ordinal"])
    if not keyfile:
        keys = [read_key(key["vkey"]) for key in lines(folder, "keys.ndjson")]
    for log in logs:
        own = [key["vkey"] for key in lines(folder, "keys.ndjson") if key["origin"] == log["origin"]]
        must(own[0] == log["vkey"] and own[-1] == log["currentVkey"], "the keys of a log differ between its lines")
    # The last of each log must be signed by a key; the others are held against the events all the same.
    points, rows = {}, list(lines(folder, "checkpoints.ndjson"))
    latest = {row["origin"]: row["size"] for row in rows}
    for row in rows:
        origin, size, root, *_ = row["note"].split("\n")
        point = checkpoint(row["note"], keys) if latest[row["origin"]] == row["size"] else {"origin": origin, "size": int(size), "root": b64(root)}
        must((point["origin"], point["size"]) == (row["origin"], row["size"]), "a checkpoint does not say what its line says")
        points[point["origin"], point["size"]] = point["root"]

    trees = {log["origin"]: Tree() for log in logs}
    types, contents, ids, streams = {}, {}, set(), {}
    checked, last = 0, 0
    for line in lines(folder, "events.ndjson"):
        leaf, content, opened = line["leaf"], line["content"], line["opened"]
        seq = int(leaf["seq"])
        must(seq > last and leaf["id"] not in ids, "events out of order, or one twice")
        last = seq
        ids.add(leaf["id"])
        streams[leaf["stream"]] = streams.get(leaf["stream"], 0) + 1
        must(int(leaf["version"]) == streams[leaf["stream"]], f"the stream {leaf['stream']} has a hole")
        types[leaf["type"]] = types.get(leaf["type"], 0) + 1
        contents[content] = contents.get(content, 0) + 1
        cm = (leaf["data"].get("sealed") or {}).get("cm", {})
        must(content == "open" or not opened, "content that should be closed")
        for part, value in opened.items():
            if part in cm:
                raw = value["text"].encode() if "text" in value else b64(value["base64"])
                must(commitment(part, value, raw) == cm[part], f"{part} of {leaf['id']} is not what was recorded")
        if content == "open":
            must(all(part in opened or part.endswith("/bytes") for part in cm), f"a part of {leaf['id']} is missing")
        for log in reversed(logs):
            if log["afterSequence"] < seq <= log["lastSequence"]:
                tree = trees[log["origin"]]
                tree.add(canonical(leaf).encode())
                if (log["origin"], tree.size) in points:
                    must(points[log["origin"], tree.size] == tree.root(), f"the events are not those that the checkpoint of {tree.size} vouches for")
                    checked += 1
                break
    must(types == counts["eventsByType"], "events by type differ from counts.json")
    must({k: v for k, v in counts["contents"].items() if v} == contents, "contents differ from counts.json")
    must(last == counts["lastSequence"], "the last event is another")
    for log in logs:
        must(trees[log["origin"]].size >= max([s for o, s in points if o == log["origin"]], default=0), f"events of {log['origin']} are missing")
    must(checked == len(points), "a checkpoint that no events belong to")

    bytes_ = locked = 0
    for row in lines(folder, "attachments.ndjson"):
        if row["file"] is None:
            locked += 1
            continue
        path = os.path.join(folder, row["file"])
        must(os.path.getsize(path) == row["bytes"], f"{row['file']} has another length")
        bytes_ += row["bytes"]
        if row["salt"]:
            with open(path, "rb") as file:
                must(commitment(f"attachment/{row['attachment']}/bytes", row, file.read()) == row["commitment"], f"{row['file']} is not what was recorded")
    must((bytes_, locked) == (counts["attachmentBytes"], counts["attachmentsLocked"]), "the attachments differ from counts.json")

    records = {row["record"]: row for row in lines(folder, "records.ndjson")}
    must(len(records) == counts["records"]["all"], "a record stands twice")
    must(all(r["version"] == streams.get(i) for i, r in records.items()), "a record has other events than its line says")
    must(sum(1 for r in records.values() if r["disposedAt"]) == counts["records"]["destroyed"], "the destroyed records differ from counts.json")
    return counts, len(points)


if __name__ == "__main__":
    try:
        found, proved = check(*sys.argv[1:])
    except (No, OSError, ValueError, KeyError, IndexError, TypeError) as error:
        print(f"not whole: {error or type(error).__name__}")
        sys.exit(1)
    print(f"whole: {sum(found['eventsByType'].values())} events, {proved} checkpoints, {found['records']['all']} records")
