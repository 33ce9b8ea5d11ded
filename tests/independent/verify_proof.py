#!/usr/bin/env python3
"""Verifies a proof bundle. Written from docs/proofs.md alone, with nothing but Python's own library: it shares no line with the archive.

usage: verify_proof.py BUNDLE KEYFILE [WITNESSES] [CA.pem]        exit 0 when all of it holds, 1 otherwise

KEYFILE has a vkey a line; several where a key took over from another. With WITNESSES, their vkeys, it says when they saw the checkpoints; with CA.pem openssl checks
the time-stamps. Without them these are not checked, and say nothing.
"""
import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile


class No(Exception):
    pass


def must(holds, why):
    if not holds:
        raise No(why)


# --- Ed25519 (RFC 8032, verification only) ---
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
I = pow(2, (P - 1) // 4, P)


def plus(a, b):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = a, b
    e, f = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = f - e, d - c, d + c, f + e
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(s, point):
    sum_ = (0, 1, 1, 0)
    while s:
        if s & 1:
            sum_ = plus(sum_, point)
        point = plus(point, point)
        s >>= 1
    return sum_


def decompress(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * I % P
    if (x * x - x2) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519(key, message, signature):
    a, r = decompress(key), decompress(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or len(signature) != 64 or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    one, other = times(s, BASE), plus(r, times(h, a))
    return (one[0] * other[2] - other[0] * one[2]) % P == 0 and (one[1] * other[2] - other[1] * one[2]) % P == 0


# --- small readers ---
def b64(text):
    data = base64.b64decode(text, validate=True)
    must(base64.b64encode(data).decode() == text, "base64 that is spelled otherwise")
    return data


def once(pairs):
    must(len({k for k, _ in pairs}) == len(pairs), "a member stands twice")
    return dict(pairs)


def members(value, needed, optional=()):
    must(isinstance(value, dict) and set(needed) <= set(value) <= set(needed) | set(optional), f"members are not {needed}")
    return value


def whole(value):
    must(type(value) is int and 0 <= value < 2**53, "no whole number")
    return value


def canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


# --- the Merkle tree (RFC 9162) ---
def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def included(leaf, index, size, path, root):
    if index >= size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def extends(old, old_root, size, root, path):
    if old == size:
        return not path and old_root == root
    if not 0 < old < size or not path:
        return False
    path = ([old_root] if old & (old - 1) == 0 else []) + path
    fn, sn = old - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == old_root and sr == root


# --- checkpoints (C2SP signed-note, tlog-checkpoint) ---
def read_key(line, kind=1):
    name, key_id, rest = line.strip().split("+", 2)
    data = b64(rest)
    must(len(data) == 33 and data[0] == kind, "the key is no Ed25519 key of a log" if kind == 1 else "the key is none of a witness")
    must(hashlib.sha256(name.encode() + b"\n" + data).digest()[:4].hex() == key_id, "the key's id is not its own")
    return name, key_id, data[1:]


def checkpoint(note, keys):
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    must(signatures.endswith("\n"), "the note is cut off")
    origin, size, root, *_ = text.split("\n")
    must(re.fullmatch("0|[1-9][0-9]*", size), "a size that is no number")
    for name, key_id, key in keys:
        if name != origin:
            continue
        good = False
        for line in signatures[:-1].split("\n"):
            must(line.startswith("— "), "a line that is no signature")
            who, data = line[2:].split(" ")
            data = b64(data)
            if who == name and data[:4].hex() == key_id:
                must(ed25519(key, text.encode(), data[4:]), f"the checkpoint of {size} is not signed by the key")
                good = True
        if good:
            return {"origin": origin, "size": int(size), "root": b64(root)}
    raise No("no key that was given signed the checkpoint")


# --- others who vouch (C2SP tlog-cosignature, RFC 3161) ---
def cosigned(note, witnesses):
    text, _, signatures = note.rpartition("\n\n")
    for line in signatures[:-1].split("\n"):
        who, data = line[2:].split(" ")
        data = b64(data)
        for name, key_id, key in witnesses:
            if who == name and data[:4].hex() == key_id:
                at = int.from_bytes(data[4:12], "big")
                must(len(data) == 76 and ed25519(key, f"cosignature/v1\ntime {at}\n{text}\n".encode(), data[12:]), f"{name} did not sign this checkpoint")
                yield name, at


def stamped(note, origin, token, authority):
    text, _, signatures = note.rpartition("\n\n")
    own = "".join(line + "\n" for line in signatures[:-1].split("\n") if line[2:].split(" ")[0] == origin)
    with tempfile.TemporaryDirectory() as folder:
        for name, data in (("note", f"{text}\n\n{own}".encode()), ("token", token)):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(data)
        said = subprocess.run(["openssl", "ts", "-verify", "-data", os.path.join(folder, "note"), "-in", os.path.join(folder, "token"), "-token_in", "-CAfile", authority], capture_output=True, text=True)
        must(said.returncode == 0, "the time-stamp does not hold")
        told = subprocess.run(["openssl", "ts", "-reply", "-in", os.path.join(folder, "token"), "-token_in", "-text"], capture_output=True, text=True).stdout
        return next((line.split(":", 1)[1].strip() for line in told.split("\n") if line.startswith("Time stamp:")), "")


# --- the bundle ---
LEAF = ["actor", "at", "causation", "correlation", "data", "headers", "id", "seq", "stream", "type", "v", "version"]


def verify(path, keyfile, witnesses=None, authority=None):
    must(os.path.getsize(path) <= 64 * 1024 * 1024, "too large")
    with open(keyfile, encoding="utf-8") as file:
        keys = [read_key(line) for line in file if line.strip()]
    with open(path, encoding="utf-8") as file:
        bundle = json.load(file, object_pairs_hook=once, parse_float=lambda _: must(False, "a number that is not whole"))
    members(bundle, ["format", "kind", "checkpoints"], ["record", "run", "extensions", "events", "withheld", "timestamps"])
    must(bundle["format"] == "archiveservice/proof/v1", "another form")
    points = [checkpoint(note, keys) for note in bundle["checkpoints"]]
    must(points, "no checkpoint")

    bound = set()
    for extension in bundle.get("extensions", []):
        members(extension, ["from", "to", "path"])
        older, newer = points[whole(extension["from"])], points[whole(extension["to"])]
        must(older["origin"] == newer["origin"], "two logs bound to each other")
        must(extends(older["size"], older["root"], newer["size"], newer["root"], [b64(h) for h in extension["path"]]), "the log does not extend what it was")
        bound.add((extension["from"], extension["to"]))
    for origin in {p["origin"] for p in points}:
        order = sorted((p["size"], i) for i, p in enumerate(points) if p["origin"] == origin)
        for (_, one), (_, two) in zip(order, order[1:]):
            must((one, two) in bound, "checkpoints that nothing binds together")

    leaves = []
    for event in bundle.get("events", []):
        members(event, ["leaf", "in"], ["opened"])
        raw = event["leaf"].encode()
        leaf = json.loads(event["leaf"], object_pairs_hook=once)
        must(sorted(leaf) == LEAF and leaf["v"] == 1 and canonical(leaf).encode() == raw, "no leaf v1")
        hash_ = hashlib.sha256(b"\0" + raw).digest()
        must(event["in"], "an event that nothing includes")
        places = {}
        for inclusion in event["in"]:
            members(inclusion, ["checkpoint", "index", "path"])
            point = points[whole(inclusion["checkpoint"])]
            must(included(hash_, whole(inclusion["index"]), point["size"], [b64(h) for h in inclusion["path"]], point["root"]), f"{leaf['type']} is not in the log")
            places[inclusion["checkpoint"]] = inclusion["index"]
        commitments = (leaf["data"].get("sealed") or {}).get("cm", {})
        shown = set()
        for opened in event.get("opened", []):
            must(len(opened) == 3, "a part with more or fewer than one value")
            part, salt = opened["part"], bytes.fromhex(opened["salt"])
            must(len(salt) == 32 and part in commitments and part not in shown, f"{part} is no part of the event")
            if "text" in opened:
                value = opened["text"].encode()
            elif "base64" in opened:
                value = b64(opened["base64"])
            else:
                must(re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", opened["file"]), "a file with a strange name")
                with open(os.path.join(os.path.dirname(os.path.abspath(path)), opened["file"]), "rb") as file:
                    value = file.read()
            made = hashlib.sha256(b"archiveservice/cm/v1\0" + part.encode() + b"\0" + salt + value).hexdigest()
            must(made == commitments[part], f"{part} is not what was recorded")
            shown.add(part)
        leaves.append({"leaf": leaf, "places": places, "commitments": commitments, "shown": shown})
    must(len({e["leaf"]["id"] for e in leaves}) == len(leaves), "an event stands twice")

    named = {p for e in leaves if e["leaf"]["type"] == "disclosure_masks_set" for p in e["leaf"]["data"]["provisions"]}
    for withheld in bundle.get("withheld", []):
        event = next(e for e in leaves if e["leaf"]["id"] == withheld["event"])
        must(withheld["part"] in event["commitments"] and withheld["part"] not in event["shown"], "what is withheld is shown, or is nothing")
        must(withheld["provisions"] and set(withheld["provisions"]) <= named, "a provision that no masking rests on")

    KINDS[bundle["kind"]](bundle, leaves, points)

    if witnesses:
        with open(witnesses, encoding="utf-8") as file:
            trusted = [read_key(line, 4) for line in file if line.strip()]
        for note, point in zip(bundle["checkpoints"], points):
            for name, at in cosigned(note, trusted):
                print(f"{name} saw {point['size']} events at {at}")
    for stamp in bundle.get("timestamps", []):
        members(stamp, ["checkpoint", "token"])
        point, token = points[whole(stamp["checkpoint"])], b64(stamp["token"])
        if authority:
            print(f"the authority saw {point['size']} events at {stamped(bundle['checkpoints'][stamp['checkpoint']], point['origin'], token, authority)}")


def own(bundle, leaves):
    return sorted((e for e in leaves if e["leaf"]["stream"] == bundle["record"]), key=lambda e: int(e["leaf"]["version"]))


def copy(bundle, leaves, points):
    must(own(bundle, leaves), "no event of the record")
    for e in leaves:
        of = e["leaf"]
        must(of["stream"] == bundle["record"] or of["type"] == "disclosure_masks_set" and of["data"]["item"] == bundle["record"], "an event of something else")


def existed(bundle, leaves, points):
    mine = own(bundle, leaves)
    must(mine and mine[0]["leaf"]["version"] == "1" and len(mine) == len(leaves), "the record's first event is missing")


def extension(bundle, leaves, points):
    must(len(points) > 1 and bundle["extensions"] and not leaves and len({p["origin"] for p in points}) == 1, "nothing is bound together")


def destruction(bundle, leaves, points):
    def one(stream, kind):
        found = [e for e in leaves if e["leaf"]["stream"] == stream and re.fullmatch(kind + r"(_v\d+)?", e["leaf"]["type"])]
        must(found, f"{kind} is missing")
        return found[-1]

    run = sorted((e["leaf"] for e in leaves if e["leaf"]["stream"] == bundle["run"]), key=lambda l: int(l["version"]))
    must([int(l["version"]) for l in run] == list(range(1, len(run) + 1)), "the run has holes")
    must(not any(l["type"].startswith("disposal_cancelled") for l in run), "the run was cancelled")
    proposed, approved, started = (one(bundle["run"], t) for t in ("disposal_proposed", "disposal_approved", "disposal_execution_started"))
    p, a, s = proposed["leaf"], approved["leaf"], started["leaf"]
    must(p["data"]["manifestDigest"] == a["data"]["manifestDigest"], "another list was approved")
    must(p["actor"] and a["actor"] and p["actor"] != a["actor"], "not approved by another person")
    days = a["data"]["coolingOffDays"]
    must(int(s["at"]) - int(a["at"]) >= (days * 86400 - (3600 if days else 0)) * 1000000, "the cooling-off was not over")
    decision = one(p["data"]["decision"], "disposal_decision_recorded")
    rule = [e for e in leaves if e["leaf"]["stream"] == p["data"]["rule"] and e["leaf"]["data"].get("version") == p["data"]["ruleVersion"]]
    must(rule and rule[0]["leaf"]["data"]["decision"] == p["data"]["decision"], "the rule is missing or rests on something else")
    order = [decision, rule[0], proposed, approved, started]
    if "record" in bundle:
        mine = own(bundle, leaves)
        gone = one(bundle["record"], "item_disposed")
        first = mine[0]
        must(first["leaf"]["version"] == "1" and first is not gone, "the record's beginning is missing")
        must(not any(e["shown"] for e in mine), "something of the record is shown")
        g = gone["leaf"]["data"]
        must((g["run"], g["decision"], g["rule"], g["ruleVersion"]) == (bundle["run"], p["data"]["decision"], p["data"]["rule"], p["data"]["ruleVersion"]), "destroyed by another run")
        end = max(gone["places"].values())
        must(any(points[c]["size"] <= end for c in first["places"]), "no checkpoint from before")
        order.append(gone)
    done = [e for e in leaves if e["leaf"]["stream"] == bundle["run"] and e["leaf"]["type"] == "disposal_destroyed"]
    places = [max(e["places"].values()) for e in order + done]
    must(places == sorted(places), "in another order")
    must(len(leaves) == len(run) + 2 + (len(own(bundle, leaves)) if "record" in bundle else 0), "an event of something else")


KINDS = {"authentic-copy": copy, "existed": existed, "extension": extension, "lawful-destruction": destruction}

if __name__ == "__main__":
    try:
        verify(*sys.argv[1:5])
    except (No, OSError, ValueError, KeyError, IndexError, StopIteration, TypeError, AttributeError, RecursionError) as error:
        print(f"does not hold: {error or type(error).__name__}")
        sys.exit(1)
    print("holds")
