from datetime import date

import pytest

from shop.orders import invoice
from shop.prices import NotForSale


def test_two_of_a_kind():
    assert invoice({"articles": ["mug", "mug"]}) == 2290


def test_not_for_sale():
    with pytest.raises(NotForSale):
        invoice({"articles": ["scarf"], "day": date(2026, 11, 30)})
