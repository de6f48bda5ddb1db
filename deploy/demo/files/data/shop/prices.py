"""What things cost."""

from decimal import Decimal

PRICES = {
    "tea": Decimal("4.20"),
    "pot": Decimal("23.90"),
    "cup": Decimal("6.50"),
}

# Three or more of one thing cost a tenth less.
DISCOUNT_FROM = 3
DISCOUNT = Decimal("0.10")


def price(item: str, count: int) -> Decimal:
    total = PRICES[item] * count
    if count > DISCOUNT_FROM:
        total -= total * DISCOUNT
    return total.quantize(Decimal("0.01"))
