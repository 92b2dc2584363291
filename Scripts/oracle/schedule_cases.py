"""Asks croniter when thousands of cron expressions are due, for Tests/Fixtures/schedule.json.

croniter reckons with wall time alone; the zone comes from Python's zoneinfo. Cases that touch a day on which a zone's
clocks change are left out: what is due on such days is written down by hand in the tests.
"""

import datetime
import json
import random
import zoneinfo
from pathlib import Path

from croniter import croniter

FIXTURE = Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "schedule.json"
ZONES = [
    "UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/St_Johns", "America/Los_Angeles",
    "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Kiritimati",
]
FIELDS = [
    (0, 59, []),
    (0, 23, []),
    (1, 31, []),
    (1, 12, "jan feb mar apr may jun jul aug sep oct nov dec".split()),
    (0, 6, "sun mon tue wed thu fri sat".split()),
]
NICKNAMES = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"]
DAY = datetime.timedelta(days=1)


def value(chance, number, low, names):
    if names and chance.random() < 0.3:
        return chance.choice([str.lower, str.upper, str.title])(names[number - low])
    return str(number)


def item(chance, low, high, names):
    kind = chance.random()
    if kind < 0.5:
        return value(chance, chance.randint(low, high), low, names)
    if kind < 0.6:
        return f"*/{chance.randint(1, high)}"
    # croniter takes a range of one value, such as 11-11, for all values, unlike cron
    start = chance.randint(low, high - 1)
    span = f"{value(chance, start, low, names)}-{value(chance, chance.randint(start + 1, high), low, names)}"
    return span if kind < 0.8 else f"{span}/{chance.randint(1, 12)}"


def field(chance, position):
    low, high, names = FIELDS[position]
    if chance.random() < (0.15, 0.25, 0.45, 0.55, 0.5)[position]:
        return "*"
    if position == 4 and chance.random() < 0.1:
        return "7"
    return ",".join(item(chance, low, high, names) for _ in range(chance.choice([1, 1, 1, 2, 3])))


def expression(chance):
    if chance.random() < 0.02:
        return chance.choice(NICKNAMES)
    return " ".join(field(chance, position) for position in range(5))


def is_told_apart(text):
    """Whether croniter, which knows fields by their values alone, sees which day fields begin with *."""
    fields = text.split()
    return len(fields) == 1 or all(
        (croniter(text).expanded[position] == ["*"]) <= fields[position].startswith("*") for position in (2, 4))


def is_steady(zone, wall):
    """Whether the zone's clocks stay as they are for two days on either side."""
    offsets = {(wall + days * DAY).replace(tzinfo=zone).utcoffset() for days in (-2, -1, 0, 1, 2)}
    return len(offsets) == 1


def seconds(zone, wall):
    return int(wall.replace(tzinfo=zone).timestamp())


def cases(chance, count):
    while count:
        text, name = expression(chance), chance.choice(ZONES)
        if not is_told_apart(text):
            continue
        zone = zoneinfo.ZoneInfo(name)
        start = datetime.datetime(2024, 1, 1) + datetime.timedelta(seconds=chance.randrange(5 * 365 * 86400))
        if chance.random() < 0.3:
            start = start.replace(second=0)
        # with this option a field that begins with * does not restrict, as in Vixie's
        options = dict(ret_type=datetime.datetime, implement_cron_bug=True, max_years_between_matches=40)
        try:
            after = croniter(text, start, **options).get_next()
            before = croniter(text, start, **options).get_prev()
        except Exception:
            continue  # never due; such ones are in the tests
        if all(is_steady(zone, wall) for wall in (start, after, before)) and after.year < 2037 and before.year > 2000:
            yield [text, name] + [seconds(zone, wall) for wall in (before, start, after)]
            count -= 1


lines = (json.dumps(case, separators=(",", ":")) for case in cases(random.Random(4), 4000))
FIXTURE.write_text("[\n" + ",\n".join(lines) + "\n]\n")
