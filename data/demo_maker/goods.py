"""The goods of Rayler Parts: spare parts sold to dealers and distributors, components bought from suppliers."""

from __future__ import annotations

from dataclasses import dataclass

from demo_maker.dice import roll

FEWEST = 120
BOUGHT = "components"
YEN_TO_A_DOLLAR = 150

_CATEGORIES = (
    # category, goods, unit, units in a case (0: no cases), dearest and cheapest in cents
    ("brakes", 16, "each", 0, 2400, 9800),
    ("filters", 16, "each", 12, 450, 2600),
    ("lubricants", 12, "litre", 12, 520, 1450),
    ("ignition", 12, "each", 0, 380, 5200),
    ("suspension", 12, "each", 0, 3900, 15800),
    ("batteries", 10, "each", 0, 6900, 18900),
    ("lighting", 14, "each", 10, 290, 7400),
    ("wipers", 8, "each", 24, 590, 1990),
    ("tools", 8, "each", 0, 1500, 12900),
    (BOUGHT, 12, "each", 0, 900, 6400),
)
_NAMES = {
    "brakes": ("Brake pad set", "Brake disc", "Brake hose", "Caliper"),
    "filters": ("Oil filter", "Air filter", "Cabin filter", "Fuel filter"),
    "lubricants": ("Engine oil 5W-30", "Engine oil 0W-20", "Gear oil 75W-90", "Brake fluid DOT 4"),
    "ignition": ("Spark plug", "Ignition coil", "Glow plug", "Lead set"),
    "suspension": ("Shock absorber", "Coil spring", "Control arm", "Ball joint"),
    "batteries": ("Battery 60 Ah", "Battery 70 Ah", "Battery AGM 80 Ah", "Battery AGM 95 Ah"),
    "lighting": ("Headlamp bulb H7", "LED lamp", "Tail lamp", "Fog lamp"),
    "wipers": ("Wiper blade 600", "Wiper blade 450", "Rear wiper", "Flat blade pair"),
    "tools": ("Torque wrench", "Code reader", "Spring compressor", "Bleeding kit"),
    BOUGHT: ("Friction plate", "Bearing", "Seal ring", "Housing"),
}
_BRANDS = ("Rayler", "Rayler Pro", "Torqa", "Hibiki")


@dataclass(frozen=True)
class Good:
    """One product; `price` is in cents for one `unit`, `case` the units in a case (0: not sold by the case)."""

    product_id: str
    name: str
    category: str
    brand: str
    unit: str
    case: int
    price: int

    @property
    def yen(self) -> int:
        """Return the price in yen for one unit, set by hand some years ago: not at today's rate."""
        return max(1, self.price * YEN_TO_A_DOLLAR // 1000) * 10


def goods(products: int, *, seed: int) -> tuple[Good, ...]:
    """Return `products` goods (at least 120); ids count from P-1001, and every category recurs after 120 of them."""
    made: list[Good] = []
    while len(made) < products:
        for category, count, unit, case, low, high in _CATEGORIES:
            for n in range(count):
                number = len(made)
                price = low + roll(high - low, number, stream="price", seed=seed)
                brand = _BRANDS[n % len(_BRANDS)] if category != BOUGHT else "OEM"
                name = f"{_NAMES[category][n % 4]} {brand} {chr(65 + n // 4)}{number // FEWEST or ''}"
                made.append(Good(f"P-{1001 + number}", name, category, brand, unit, case, price))
    return tuple(made[:products])
