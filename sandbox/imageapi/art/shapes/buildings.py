"""Buildings, and things that are built as high."""

DOOR = """
poly stone  -31,-1 -31,102 31,102 31,-1
poly cap  -28,0 -28,99 28,99 28,0
poly main  -25,0 -25,96 25,96 25,0
pair poly shade  3,54 3,89 20,89 20,54
pair poly shade  3,9 3,46 20,46 20,9
pair poly main  5.5,57 5.5,86 17.5,86 17.5,57
pair poly main  5.5,12 5.5,43 17.5,43 17.5,12
oval dark  21,50 2.8,2.8
oval glass  21,50 2.2,2.2
poly stone  -36,-3 -36,2 36,2 36,-3
"""

CASTLE = """
pair poly main  30,0 30,62 52,62 52,0
pair poly shade  45,0 45,62 52,62 52,0
pair poly roof  26,61 56,61 41,92
poly main  -30,0 -30,54 30,54 30,0
pair poly main  2,54 2,60 9,60 9,54
pair poly main  15,54 15,60 22,60 22,54
poly shade  -14,52 -14,80 14,80 14,52
poly main  -14,52 -14,80 8,80 8,52
poly roof  -18,79 18,79 0,112
rod dark  0,110 0,122
poly #e8574a  0,123 16,118 0,113
blob dark  -9,-1 -9,16 0,26 9,16 9,-1
pair poly glass  38,38 38,50 44,50 44,38
poly glass  -3,62 -3,72 3,72 3,62
pair poly glass  17,32 17,42 22,42 22,32
"""

LIGHTHOUSE = """
blob stone  -34,-3 -24,9 24,9 34,-3
poly cap  -14,4 -9,76 9,76 14,4
poly main  -13,16 -12,31 12,31 13,16
poly main  -11,45 -10,60 10,60 11,45
poly dark  -13,75 -13,79 13,79 13,75
glow glass  0,84 46,46
poly glass  -7,79 -7,90 7,90 7,79
pair hair dark  7,79 7,90
hair dark  0,79 0,90
poly main  -10,90 10,90 0,101
poly dark  -3,6 -3,16 3,16 3,6
oval dark  0,38 2.2,3.2
oval dark  0,66 2,2.8
"""

SHOP = """
poly main  -50,-2 -50,92 50,92 50,-2
poly dark  -53,91 -53,97 53,97 53,91
poly cap  -42,73 -42,88 42,88 42,73
poly roof  -56,52 -46,70 46,70 56,52
poly cap  -36,52 -30,70 -18,70 -22,52
poly cap  -8,52 -6,70 6,70 8,52
poly cap  22,52 18,70 30,70 36,52
poly dark  -44,10 -44,50 6,50 6,10
poly glass  -42,12 -42,48 4,48 4,12
rod dark  -19,12 -19,48
poly dark  14,-2 14,50 42,50 42,-2
poly glass  18,16 18,46 38,46 38,16
oval glass  37,10 1.8,1.8
"""

SIGN = """
line bark  -44,-2 -44,40
line bark  44,-2 44,40
poly bark  -68,30 -68,94 68,94 68,30
poly main  -63,35 -63,89 63,89 63,35
poly shade  -58,39 -58,40.5 58,40.5 58,39
poly shade  -58,83.5 -58,85 58,85 58,83.5
"""

PYRAMID = """
poly main  -80,0 0,100 80,0
poly shade  0,100 20,0 80,0
hair dark  -60,25 12,25 60,25
hair dark  -40,50 8,50 40,50
hair dark  -20,75 4,75 20,75
"""

WINDMILL = """
poly main  -20,0 -12,62 12,62 20,0
poly roof  -14,61 14,61 0,76
poly dark  -5,0 -5,16 5,16 5,0
oval glass  0,40 3.4,4
rod bark  0,66 -32,100
rod bark  0,66 34,98
rod bark  0,66 32,34
rod bark  0,66 -34,36
poly cap  -6,74 -28,98 -36,90 -12,68
poly cap  8,72 30,96 36,88 12,66
poly cap  6,60 28,36 36,42 12,66
poly cap  -8,62 -30,40 -24,32 -2,56
oval dark  0,66 3,3
"""

TENT = """
poly main  -64,0 0,90 64,0
poly shade  0,90 14,0 64,0
poly dark  -20,0 0,66 18,0
poly light  -20,0 0,66 -28,0
rod bark  0,88 0,102
"""

TOWERS = ((-58, 14, 46), (-44, 16, 70), (-30, 12, 54), (-16, 18, 96), (2, 14, 78), (17, 16, 104), (33, 14, 62),
          (46, 12, 84), (58, 14, 44))  # fmt: skip


def _city() -> str:
    """Return towers with lit windows: three rows of colors, so that each stands out from the next."""
    lines = []
    for number, (x, wide, tall) in enumerate(TOWERS):
        half = wide / 2
        role = ("main", "shade", "stone")[number % 3]
        lines.append(f"poly {role}  {x - half},-2 {x - half},{tall} {x + half},{tall} {x + half},-2")
        for floor in range(8, tall - 6, 11):
            for side in (-half * 0.45, half * 0.45):
                left = x + side - half * 0.22
                right = left + half * 0.44
                lines.append(f"poly glass  {left},{floor} {left},{floor + 5} {right},{floor + 5} {right},{floor}")
    return "\n".join(lines)


CITY = _city()
