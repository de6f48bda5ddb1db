import unittest
from decimal import Decimal

from prices import price


class PriceTest(unittest.TestCase):
    def test_one(self):
        self.assertEqual(price("cup", 1), Decimal("6.50"))

    def test_three_cost_less(self):
        self.assertEqual(price("tea", 3), Decimal("11.34"))


if __name__ == "__main__":
    unittest.main()
