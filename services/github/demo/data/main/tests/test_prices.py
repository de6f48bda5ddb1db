from datetime import date

from shop.prices import price


def test_price_starts():
    assert price("scarf", date(2026, 11, 30)) is None
    assert price("scarf", date(2026, 12, 1)) == 2400
