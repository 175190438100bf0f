"""State identity as the protocol defines it: RFC 8785 JSON, H(kind, schema, body), derived seeds.

`check_vectors` reads proto/vectors and raises AssertionError at the first value that comes out differently.
"""

import hashlib
import json
import math
import pathlib

SCHEME = "anchorgym-jcs-sha256-v1"
VECTORS = pathlib.Path(__file__).resolve().parent.parent.parent / "proto" / "vectors"
MAX_SAFE = 2**53


def _number(value) -> str:
    """A number as ECMAScript writes it (RFC 8785, section 3.2.2.3)."""
    if isinstance(value, int) and abs(value) < MAX_SAFE:
        return str(value)
    value = float(value)
    if not math.isfinite(value):
        raise ValueError(f"{value} has no canonical form")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = int(exponent or 0) + len(whole) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    power = point - 1
    tail = f".{digits[1:]}" if count > 1 else ""
    return f"{sign}{digits[0]}{tail}e{'+' if power > 0 else '-'}{abs(power)}"


def _string(text: str) -> str:
    text.encode("utf-8")  # a lone surrogate has no canonical form: UnicodeEncodeError is a ValueError
    return json.dumps(text, ensure_ascii=False)


def canonical(value) -> str:
    """The RFC 8785 text of a JSON value. Raises ValueError for what has none."""
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_string(name)}:{canonical(value[name])}" for name in names) + "}"
    return "[" + ",".join(canonical(item) for item in value) + "]"


def state_hash(kind: str, schema: str, body) -> bytes:
    """H(kind, schema, body), 32 bytes."""
    text = f"{SCHEME}\n{kind}\n{schema}\n{canonical(body)}"
    return hashlib.sha256(text.encode("utf-8")).digest()


def observation_hash(texts) -> bytes:
    """Of an observation of text blocks."""
    return state_hash("observation", "observation/1", [{"text": text} for text in texts])


def derive_seed(seed: int, label: str) -> int:
    """The first 53 bits, big-endian, of SHA-256 over scheme, seed and label."""
    if not isinstance(seed, int) or not 0 <= seed < MAX_SAFE:
        raise ValueError(f"seed {seed} is not an integer in [0, 2^53)")
    digest = hashlib.sha256(f"anchorgym-seed-v1\n{seed}\n{label}".encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "big") >> 11


def _must_refuse(what: str, work) -> None:
    try:
        work()
    except ValueError:
        return
    raise AssertionError(f"{what} was accepted although it must be refused")


def check_vectors(folder: pathlib.Path = VECTORS) -> int:
    """Returns how many published values were compared."""
    count = 0

    def equal(actual, expected, name) -> None:
        nonlocal count
        assert actual == expected, f"{name}: expected {expected}, came out {actual}"
        count += 1

    texts = json.loads((folder / "canonical-json.json").read_text("utf-8"))
    for case in texts["cases"]:
        equal(canonical(json.loads(case["json"])), case["canonical"], case["name"])
    for case in texts["refusedJson"]:
        _must_refuse(case["name"], lambda: canonical(json.loads(case["json"])))
        count += 1
    for name in texts["refusedNumbers"]:
        _must_refuse(name, lambda: canonical(float(name.replace("Infinity", "inf"))))
        count += 1
    for case in json.loads((folder / "hashes.json").read_text("utf-8"))["cases"]:
        equal(state_hash(case["kind"], case["schema"], case["body"]).hex(), case["hash"], case["name"])
    seeds = json.loads((folder / "derive-seed.json").read_text("utf-8"))
    for case in seeds["cases"]:
        equal(derive_seed(case["seed"], case["label"]), case["result"], f"seed {case['seed']}, {case['label']!r}")
    for seed in seeds["refusedSeeds"]:
        _must_refuse(f"seed {seed}", lambda: derive_seed(seed, ""))
        count += 1
    return count


if __name__ == "__main__":
    print(f"{check_vectors()} published values agree")
