#!/usr/bin/env python3
"""Checks a WARC 1.1 file or a WACZ package with nothing but the standard library: python3 check_warc.py FILE

It shares no line with the program that wrote the file. It reads what ISO 28500 and the WACZ specification say,
not what the program says, and prints what does not hold. Exit code 0: everything holds.
"""
import hashlib
import json
import sys
import zipfile
import zlib


def members(data):
    """Every gzip member with the place where it begins."""
    at = 0
    while at < len(data):
        inflate = zlib.decompressobj(31)
        text = inflate.decompress(data[at:]) + inflate.flush()
        if not inflate.eof:
            raise ValueError(f"the packed member at {at} is cut off")
        yield at, text
        at = len(data) - len(inflate.unused_data)


def record(text, at):
    """The head and the block of a record that is a member of its own."""
    head, _, rest = text.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    if lines[0] != b"WARC/1.1":
        raise ValueError(f"no WARC/1.1 at {at}")
    fields = {}
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if not colon:
            raise ValueError(f"a line without a colon at {at}")
        if name.lower() in fields:
            raise ValueError(f"{name} twice at {at}")
        fields[name.lower()] = value.strip().decode("utf-8")
    for must in (b"warc-record-id", b"warc-date", b"warc-type", b"content-length"):
        if must not in fields:
            raise ValueError(f"{must} is missing at {at}")
    length = int(fields[b"content-length"])
    block, end = rest[:length], rest[length:]
    if len(block) != length or end != b"\r\n\r\n":
        raise ValueError(f"the length does not hold at {at}")
    for name in (b"warc-block-digest", b"warc-payload-digest"):
        if name == b"warc-payload-digest" and fields[b"warc-type"] in ("revisit", "response"):
            continue
        if name in fields:
            algorithm, _, value = fields[name].partition(":")
            if hashlib.new(algorithm, block).hexdigest() != value:
                raise ValueError(f"{name} does not hold at {at}")
    return fields


def warc(data):
    ids, places = {}, set()
    for at, text in members(data):
        fields = record(text, at)
        if fields[b"warc-record-id"] in ids:
            raise ValueError(f"the same id twice, at {at}")
        ids[fields[b"warc-record-id"]] = fields
        places.add(at)
    for fields in ids.values():
        other = fields.get(b"warc-refers-to")
        if other and other not in ids:
            raise ValueError(f"refers to {other}, which is not there")
    return len(ids), places


def wacz(path):
    with zipfile.ZipFile(path) as parts:
        if parts.testzip():
            raise ValueError("a part's check sum does not hold")
        package = parts.read("datapackage.json")
        digest = json.loads(parts.read("datapackage-digest.json"))
        if digest["hash"] != "sha256:" + hashlib.sha256(package).hexdigest():
            raise ValueError("the package's digest does not hold")
        said = {r["path"]: r for r in json.loads(package)["resources"]}
        there = set(parts.namelist()) - {"datapackage.json", "datapackage-digest.json"}
        if there != set(said):
            raise ValueError(f"the package names {sorted(said)} but holds {sorted(there)}")
        places, count = {}, 0
        for name, resource in said.items():
            data = parts.read(name)
            if resource["hash"] != "sha256:" + hashlib.sha256(data).hexdigest() or resource["bytes"] != len(data):
                raise ValueError(f"{name} is not what the package says")
            if name.startswith("archive/"):
                if parts.getinfo(name).compress_type != zipfile.ZIP_STORED:
                    raise ValueError(f"{name} is packed twice: nobody can go straight to a record")
                count, places[name[8:]] = warc(data)
        lines = parts.read("indexes/index.cdxj").decode().splitlines()
        if lines != sorted(lines):
            raise ValueError("the index is not sorted")
        for line in lines:
            entry = json.loads(line.split(" ", 2)[2])
            if int(entry["offset"]) not in places[entry["filename"]]:
                raise ValueError(f"the index points to {entry['offset']}, where no record begins")
        for line in parts.read("pages/pages.jsonl").decode().splitlines():
            json.loads(line)
        return count


def main():
    path = sys.argv[1]
    try:
        with open(path, "rb") as file:
            count = wacz(path) if zipfile.is_zipfile(path) else warc(file.read())[0]
    except (ValueError, KeyError, zlib.error, zipfile.BadZipFile) as wrong:
        print(f"{path}: {wrong}")
        return 1
    print(f"{path}: {count} records, everything holds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
