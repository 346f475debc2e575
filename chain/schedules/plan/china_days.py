"""Working days of mainland China, 2018-2026, as data: the days off work on weekdays and the weekends worked.

Each year carries the day on which the State Council's General Office announced it, so that a schedule can say which
calendar was known when. A year not announced is not guessed. Days by the published years of chinesecalendar 1.11.0
(MIT).
"""

from __future__ import annotations

from datetime import date

Announced = tuple[int, date, str, str]
"""Year, day of the announcement, weekdays off and weekend days worked as MMDD."""

ANNOUNCED: tuple[Announced, ...] = (
    (
        2018,
        date(2017, 11, 30),
        "0101 0215 0216 0219 0220 0221 0405 0406 0430 0501 0618 0924 1001 1002 1003 1004 1005 1231",
        "0211 0224 0408 0428 0929 0930 1229",
    ),
    (
        2019,
        date(2019, 3, 22),  # amended: four days for Labour Day
        "0101 0204 0205 0206 0207 0208 0405 0501 0502 0503 0607 0913 1001 1002 1003 1004 1007",
        "0202 0203 0428 0505 0929 1012",
    ),
    (
        2020,
        date(2020, 1, 27),  # amended: Spring Festival prolonged
        "0101 0124 0127 0128 0129 0130 0131 0406 0501 0504 0505 0625 0626 1001 1002 1005 1006 1007 1008",
        "0119 0426 0509 0628 0927 1010",
    ),
    (
        2021,
        date(2020, 11, 25),
        "0101 0211 0212 0215 0216 0217 0405 0503 0504 0505 0614 0920 0921 1001 1004 1005 1006 1007",
        "0207 0220 0425 0508 0918 0926 1009",
    ),
    (
        2022,
        date(2021, 10, 25),
        "0103 0131 0201 0202 0203 0204 0404 0405 0502 0503 0504 0603 0912 1003 1004 1005 1006 1007",
        "0129 0130 0402 0424 0507 1008 1009",
    ),
    (
        2023,
        date(2022, 12, 8),
        "0102 0123 0124 0125 0126 0127 0405 0501 0502 0503 0622 0623 0929 1002 1003 1004 1005 1006",
        "0128 0129 0423 0506 0625 1007 1008",
    ),
    (
        2024,
        date(2023, 10, 25),
        "0101 0212 0213 0214 0215 0216 0404 0405 0501 0502 0503 0610 0916 0917 1001 1002 1003 1004 1007",
        "0204 0218 0407 0428 0511 0914 0929 1012",
    ),
    (
        2025,
        date(2024, 11, 12),
        "0101 0128 0129 0130 0131 0203 0204 0404 0501 0502 0505 0602 1001 1002 1003 1006 1007 1008",
        "0126 0208 0427 0928 1011",
    ),
    (
        2026,
        date(2025, 11, 4),
        "0101 0102 0216 0217 0218 0219 0220 0223 0406 0501 0504 0505 0619 0925 1001 1002 1005 1006 1007",
        "0104 0214 0228 0509 0920 1010",
    ),
)
