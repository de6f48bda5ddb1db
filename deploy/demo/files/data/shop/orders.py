"""Reads the orders of a week and says what each is worth."""

import csv
import sys

from prices import price


def totals(path: str) -> dict[str, str]:
    worth = {}
    with open(path, newline="", encoding="utf-8") as f:
        for row in csv.DictReader(f):
            worth[row["order"]] = str(price(row["item"], int(row["count"])))
    return worth


if __name__ == "__main__":
    for order, total in totals(sys.argv[1]).items():
        print(order, total)
