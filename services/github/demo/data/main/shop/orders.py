"""Orders and what they cost."""

from shop.prices import total

SHIPPING = 490


def invoice(order):
    """Return what a customer pays for an order."""
    return total(order["articles"], order.get("day")) + SHIPPING


if __name__ == "__main__":
    print(invoice({"articles": ["mug", "poster"]}))
