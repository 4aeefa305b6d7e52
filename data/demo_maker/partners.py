"""The partners of Rayler Parts: distributors and groups at the top, dealers below them, and suppliers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from demo_maker.dice import roll

FEWEST = 60
JAPAN = "JP"
JOINED_IN_2026 = frozenset({"M-0014", "M-0027", "M-0041"})
LEFT_IN_2025 = frozenset({"M-0033"})
# Dealers of this group are paid through it.
PAYING_GROUP = "M-0004"

_TOP = (
    # name, type, region, country, currency
    ("Great Lakes Parts Distribution", "distributor", "NA", "US", "USD"),
    ("Pacific Coast Auto Supply", "distributor", "NA", "US", "USD"),
    ("Maple Leaf Components", "distributor", "NA", "CA", "USD"),
    ("Lone Star Dealer Group", "group", "NA", "US", "USD"),
    ("Rheinland Ersatzteile", "distributor", "EU", "DE", "USD"),
    ("Iberia Recambios", "distributor", "EU", "ES", "USD"),
    ("Nordic Workshop Group", "group", "EU", "SE", "USD"),
    # Names with characters that old character sets lack, so that the demo shows how they are handled.
    ("髙橋自動車部品", "distributor", "APAC", JAPAN, "JPY"),
    ("𠮷田部品販売", "distributor", "APAC", JAPAN, "JPY"),
    ("Straits Spares", "distributor", "APAC", "SG", "USD"),
)
_DEALERS = {
    "US": (
        "Harbor",
        "Summit",
        "Prairie",
        "Redwood",
        "Canyon",
        "Liberty",
        "Cedar",
        "Bayou",
        "Granite",
        "Mesa",
        "Blue Ridge",
        "O'Neill",
    ),
    "CA": ("Laurentide", "Fundy", "Rocky View", "Saint-Denis"),
    "DE": ("Müller", "Weiß & Söhne", "Kaiserberg", "Lindner"),
    "ES": ("Núñez", "Costa Azul", "Tajo", "Peña"),
    "SE": ("Sjöberg", "Älvdal", "Norrsken", "Öresund"),
    JAPAN: ("森田", "渡邉", "山﨑", "鈴木", "𠮷野", "髙木", "佐々木", "中村", "齋藤", "小林"),
    "SG": ("Merlion", "Jurong", "Changi", "Tuas"),
}
_SUPPLIERS = (
    ("Ferrodyne Castings", "NA", "US", "USD"),
    ("Oakridge Polymers", "NA", "US", "USD"),
    ("Elbe Guss", "EU", "DE", "USD"),
    ("Ostrava Bearings", "EU", "CZ", "USD"),
    ("浜松精密", "APAC", JAPAN, "JPY"),
    ("Penang Electronics", "APAC", "MY", "USD"),
    ("Ferrodyne Coatings", "NA", "US", "USD"),
    ("Elbe Dichtungen", "EU", "DE", "USD"),
)
_SUPPLIER_PARENTS = {6: 0, 7: 2}
_BELOW = (5, 4, 4, 4, 4, 4, 4, 4, 5, 4)

# Weights from which on a partner is of rank A, and of rank B.
_RANK_A, _RANK_B = 3000, 1500


@dataclass(frozen=True)
class Partner:
    """One member, and how much it trades: its weight in each year's rows, before 2026 and from 2026."""

    member_id: str
    name: str
    type: str
    region: str
    country: str
    parent_id: str
    currency: str
    weight_before: int
    weight_2026: int

    @property
    def number(self) -> int:
        """Return the number in its id."""
        return int(self.member_id[2:])

    @property
    def payee_id(self) -> str:
        """Return who is paid for it; empty for itself."""
        return PAYING_GROUP if self.parent_id == PAYING_GROUP else ""

    @property
    def rank(self) -> str:
        """Return how important it is, by what it trades: A, B or C."""
        return "A" if self.weight_before >= _RANK_A else "B" if self.weight_before >= _RANK_B else "C"

    @property
    def joined_on(self) -> date:
        """Return the day on which it became a partner."""
        if self.member_id in JOINED_IN_2026:
            return date(2026, 1, 1)
        return date(2012, 4, 1) + timedelta(days=self.number * 53 % 4200)

    @property
    def from_pos(self) -> bool:
        """Return whether its rows come from the point-of-sale system of the Japanese dealers."""
        return self.type == "dealer" and self.country == JAPAN


def partners(members: int, *, seed: int) -> tuple[Partner, ...]:
    """Return `members` partners (at least 60): ten at the top, dealers below, eight suppliers; ids from M-0001."""
    made = [_partner(n, top, "", seed) for n, top in enumerate(_TOP, start=1)]
    for parent, below in zip(tuple(made), _BELOW, strict=True):
        for _ in range(below):
            dealer = (_dealer_name(parent.country, made), "dealer", parent.region, parent.country, parent.currency)
            made.append(_partner(len(made) + 1, dealer, parent.member_id, seed))
    first = len(made) + 1
    for n, (name, region, country, currency) in enumerate(_SUPPLIERS[: FEWEST - len(made)]):
        parent_id = f"M-{first + _SUPPLIER_PARENTS[n]:04}" if n in _SUPPLIER_PARENTS else ""
        made.append(_partner(first + n, (name, "supplier", region, country, currency), parent_id, seed))
    for number in range(len(made) + 1, members + 1):
        parent = made[number % len(_TOP)]
        more = (f"Branch {number}", "dealer", parent.region, parent.country, parent.currency)
        made.append(_partner(number, more, parent.member_id, seed))
    return tuple(made)


def _partner(number: int, about: tuple[str, str, str, str, str], parent_id: str, seed: int) -> Partner:
    name, kind, region, country, currency = about
    member_id = f"M-{number:04}"
    weight = _weight(kind, number, seed)
    # Some grow past a tier, some just miss one, some shrink; what they happen to buy spreads them further.
    growth = 94 + roll(16, number, stream="growth", seed=seed)
    return Partner(
        member_id, name, kind, region, country, parent_id, currency,
        weight_before=0 if member_id in JOINED_IN_2026 else weight * 100,
        weight_2026=0 if member_id in LEFT_IN_2025 else weight * growth,
    )  # fmt: skip


def _weight(kind: str, number: int, seed: int) -> int:
    least, spread = {"group": (6, 5), "distributor": (26, 30), "supplier": (10, 8), "dealer": (8, 26)}[kind]
    return least + roll(spread, number, stream="size", seed=seed)


def _dealer_name(country: str, made: list[Partner]) -> str:
    named = sum(partner.country == country and partner.type == "dealer" for partner in made)
    names = _DEALERS[country]
    name = names[named % len(names)]
    if country == JAPAN:
        return ("{}モータース", "{}自動車商会", "株式会社{}部品")[named % 3].format(name)
    kind = ("Motors", "Auto Parts", "Garage")[named % 3]
    return f"{name} {kind}" if named < len(names) else f"{name} {kind} {named // len(names) + 1}"
