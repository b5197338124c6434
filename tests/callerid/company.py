"""A company with numbers in Moscow, Tver and Yekaterinburg, of three operators, and where numbers are at home."""

import datetime as dt
from typing import ClassVar

from tests.router.company import PATIENT_MS
from trunkline.callerid.pool import Pool, pool_of
from trunkline.directory.values import (
    CarriedBrief,
    Head,
    LabelBrief,
    LineBrief,
    OutgoingBrief,
    PbxBrief,
    TrunkBrief,
)

TODAY = dt.date(2026, 8, 6)
MOSCOW, MOSCOW_PLAIN, MOSCOW_SECOND = "+74951110001", "+74951110002", "+74991110003"
TVER, URAL, FREE = "+74822110004", "+73432110005", "+78001110006"
RETIRING, FOREIGN, PORTED, OTHER_PBX = "+74951110007", "+74951110008", "+74951110009", "+74951110010"
ELSEWHERE = "+73812000000"
_SINCE = dt.date(2024, 1, 1)


class Places:
    """Subjects by area code; mobiles of 916 are of «Moscow * Moscow region», of 912 Ural."""

    _SUBJECTS: ClassVar = {"495": "77", "499": "77", "482": "69", "343": "66", "912": "66", "381": "55", "910": "40"}
    _DISTRICTS: ClassVar = dict.fromkeys(("77", "50", "69", "40"), "central") | {"66": "ural", "55": "siberian"}

    def subjects_of(self, number: str) -> tuple[str, ...]:
        if number[2:5] == "916":
            return ("77", "50")
        code = self._SUBJECTS.get(number[2:5])
        return (code,) if code else ()

    def district_of(self, subject: str) -> str:
        return self._DISTRICTS.get(subject, "")


def head_of(rule: str = "regional_fixed_for_numa", default: str = FREE) -> Head:
    """The small tables."""
    carried = [
        CarriedBrief(MOSCOW, "alpha", "alpha-trunk", _SINCE),
        CarriedBrief(MOSCOW_PLAIN, "alpha", "", _SINCE),
        CarriedBrief(MOSCOW_SECOND, "beta", "beta-trunk", _SINCE),
        CarriedBrief(TVER, "beta", "beta-trunk", _SINCE),
        CarriedBrief(URAL, "alpha", "alpha-trunk", _SINCE),
        CarriedBrief(FREE, "gamma", "gamma-trunk", _SINCE),
        CarriedBrief(RETIRING, "alpha", "alpha-trunk", _SINCE, state="retiring"),
        CarriedBrief(FOREIGN, "delta", "delta-trunk", _SINCE),
        CarriedBrief(PORTED, "delta", "delta-trunk", _SINCE, TODAY),
        CarriedBrief(PORTED, "beta", "beta-trunk", TODAY),
        CarriedBrief(OTHER_PBX, "alpha", "alpha-trunk", _SINCE),
    ]
    labels = [LabelBrief(number, "alpha", _SINCE) for number in (MOSCOW, URAL, RETIRING)]
    labels += [LabelBrief(number, "beta", _SINCE) for number in (MOSCOW_SECOND, TVER)]
    labels += [LabelBrief(PORTED, "delta", _SINCE), LabelBrief(FREE, "gamma", _SINCE)]
    cities = {TVER: "г. Тверь", URAL: "Екатеринбург"}
    return Head(
        pbxs={"office": PbxBrief("office", "asterisk", PATIENT_MS), "shop": PbxBrief("shop", "asterisk", PATIENT_MS)},
        lines={
            row.line: LineBrief(
                row.line, city=cities.get(row.line, ""), pbx="shop" if row.line == OTHER_PBX else "office"
            )
            for row in carried
        },
        outgoing=OutgoingBrief(
            (
                TrunkBrief("office", "alpha-trunk", "alpha"),
                TrunkBrief("office", "beta-trunk", "beta", "national"),
                TrunkBrief("office", "gamma-trunk", "gamma", "digits", "9"),
                TrunkBrief("shop", "delta-trunk", "delta"),
            ),
            tuple(carried),
            tuple(labels),
            rule,
            default,
        ),
    )


def pool(rule: str = "regional_fixed_for_numa", default: str = FREE) -> Pool:
    """What the office may show."""
    return pool_of(head_of(rule, default), "office", TODAY, Places())
