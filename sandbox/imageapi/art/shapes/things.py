"""Food, furniture and other things."""

CUP = """
oval shade  0,2 46,6
oval light  0,4 44,5
hoop main  30,42 17,17
blob main  -32,70 -31,30 -22,7 0,4 22,7 31,30 32,70
blob shade  32,70 31,30 22,7 10,5 18,30 20,70
oval light  0,70 32,8
oval #4a2a1c  0,69 27,6
rod spark  -8,80 -13,90 -5,99 -9,110
rod spark  8,80 3,90 11,99 7,110
"""

GLASS = """
poly #cfe8ef  -24,90 -16,0 16,0 24,90
poly main  -21,66 -15,3 15,3 21,66
oval light  0,66 21,4
poly cap  -6,40 -10,52 2,56 6,44
rod roof  8,60 24,112
oval #f3c53c  24,88 12,12
"""

CAKE = """
oval cap  0,4 58,7
blob main  -44,6 -44,44 0,50 44,44 44,6 0,0
poly light  -44,20 -44,25 44,25 44,20
blob cap  -46,46 -44,30 -32,38 -22,26 -10,38 2,28 14,38 26,26 36,38 46,32 46,46 0,56
rod pink  -18,52 -18,72
rod pink  0,54 0,76
rod pink  18,52 18,72
oval glass  -18,77 3,5
oval glass  0,81 3,5
oval glass  18,77 3,5
oval roof  -32,52 4,4
oval roof  32,52 4,4
"""

PIZZA = """
oval #b9793a  0,44 62,46
oval #e0ac5c  0,46 60,44
oval main  0,46 52,37
oval #c8402f  -24,58 10,8
oval #c8402f  18,64 10,8
oval #c8402f  4,40 10,8
oval #c8402f  -22,30 10,8
oval #c8402f  32,38 10,8
blob stem  -6,64 2,72 6,62 0,58
blob stem  20,24 28,30 32,20 24,18
blob stem  -40,44 -34,50 -30,42 -36,38
"""

BURGER = """
blob #c98a45  -48,6 -46,24 46,24 48,6 0,2
poly #5a3424  -50,24 -50,38 50,38 50,24
poly #f3c53c  -52,38 20,38 -16,24
blob stem  -54,40 -40,34 -24,42 -8,34 8,42 24,34 40,42 54,38 52,48 -52,48
poly #d0402f  -48,46 -48,53 48,53 48,46
blob main  -50,52 -44,82 0,96 44,82 50,52
oval cap  -18,78 3,2
oval cap  0,86 3,2
oval cap  20,77 3,2
oval cap  4,70 3,2
"""

BOWL = """
oval #e8c27a  0,52 50,13
oval #7a4a2a  0,52 46,10
rod #f3e0a0  -34,54 -10,50 12,56 36,52
rod #f3e0a0  -30,50 0,56 30,49
oval cap  14,56 12,7
oval glass  14,57 6,4
blob stem  -28,58 -20,64 -12,58 -20,54
blob main  -56,54 -44,14 -20,2 20,2 44,14 56,54 30,44 0,40 -30,44
poly light  -30,18 30,18 32,22 -32,22
rod bark  30,66 62,104
rod bark  22,66 50,108
"""

FRUIT = """
blob main  0,74 -22,82 -42,62 -38,28 -16,2 0,7 16,2 38,28 42,62 22,82
blob shade  36,64 34,30 14,6 26,34
rod bark  0,72 5,98
blob stem  5,84 20,100 38,94 22,82
oval light  -22,58 6,11
"""

BREAD = """
blob main  -58,6 -60,36 -30,56 30,56 60,36 58,6 0,2
rod light  -32,28 -22,48
rod light  -8,30 2,52
rod light  16,28 26,48
"""

ARMCHAIR = """
pair poly bark  30,-2 38,-2 35,12 28,12
blob main  -36,28 -40,80 -26,101 26,101 40,80 36,28
blob shade  -27,36 -29,78 0,92 29,78 27,36
blob light  -22,36 -20,60 20,60 22,36 0,33
poly main  -44,10 -42,40 42,40 44,10
pair blob shade  30,8 28,50 38,60 54,50 52,8
pair blob main  30,8 27,46 37,57 51,48 50,8
"""

LAMP = """
glow glass  0,84 62,62
oval dark  0,1 17,3
rod dark  0,2 0,76
poly main  -21,70 21,70 12,99 -12,99
poly light  -21,70 21,70 20,73 -20,73
"""

BOOK = """
poly shade  -54,6 0,-2 54,6 54,66 0,58 -54,66
poly cap  -50,10 -1,3 -1,60 -50,67
poly cap  50,10 1,3 1,60 50,67
hair stone  -44,54 -8,48
hair stone  -44,42 -8,36
hair stone  -44,30 -8,24
hair stone  44,54 8,48
hair stone  44,42 8,36
hair stone  44,30 8,24
poly main  18,62 18,20 24,26 30,22 30,64
"""

BOOKS = ("#d8402f", "#3f77c4", "#f3c53c", "#4c9a58", "#7d53b3", "#ef8432", "#2f9a9a", "#e2d2b4")


def _shelf() -> str:
    """Return a bookcase with three rows of books."""
    lines = ["poly main  -36,-2 -36,100 36,100 36,-2", "poly #4a3022  -32,3 -32,96 32,96 32,3"]
    for row, floor in enumerate((4, 36, 68)):
        for place in range(8):
            left, tall = -30 + place * 7.5, 19 + (place * 7 + row * 5) % 8
            role = BOOKS[(place * 3 + row * 2) % len(BOOKS)]
            lines.append(
                f"poly {role}  {left},{floor} {left},{floor + tall} {left + 6},{floor + tall} {left + 6},{floor}"
            )
        lines.append(f"poly main  -34,{floor - 4} -34,{floor} 34,{floor} 34,{floor - 4}")
    return "\n".join(lines)


SHELF = _shelf()

UMBRELLA = """
rod bark  0,92 0,10 8,2 14,10
blob main  -56,52 -44,82 0,100 44,82 56,52 38,58 20,50 0,58 -20,50 -38,58
blob shade  -20,50 -12,82 0,99 12,82 20,50 0,58
"""

GUITAR = """
blob main  -26,18 -28,36 -16,48 -20,62 0,70 20,62 16,48 28,36 26,18 0,2
oval dark  0,42 9,9
poly bark  -4,24 4,24 4,120 -4,120
poly dark  -7,118 7,118 8,136 -8,136
poly dark  -12,20 12,20 12,24 -12,24
hair spark  -1.4,22 -1.4,132
hair spark  1.4,22 1.4,132
"""

CROWN = """
poly main  -46,4 -52,60 -26,34 0,72 26,34 52,60 46,4
poly shade  -46,4 46,4 47,14 -47,14
oval roof  0,22 6,7
pair oval #3f77c4  26,20 5,6
pair oval glass  52,63 5,5
oval glass  0,76 6,6
"""

HAT = """
oval shade  0,4 60,9
oval main  0,7 60,9
blob main  -32,8 -34,58 0,66 34,58 32,8 0,4
poly dark  -33,12 33,12 33,24 -33,24
"""

HEART = """
blob main  0,4 -36,38 -48,66 -34,90 -12,90 0,74 12,90 34,90 48,66 36,38
oval light  -28,72 7,9
"""

STAR = """
poly main  0,100 12,66 48,64 20,42 30,6 0,26 -30,6 -20,42 -48,64 -12,66
poly light  0,100 12,66 0,54
poly light  -48,64 -12,66 0,54
"""

GIFT = """
poly main  -40,0 -40,56 40,56 40,0
poly shade  -46,52 -46,68 46,68 46,52
poly glass  -8,0 -8,68 8,68 8,0
hoop glass  -16,80 16,12
hoop glass  16,80 16,12
"""

BALL = """
oval main  0,40 40,40
blob light  -36,50 -12,46 0,78 -16,80
blob light  36,50 12,46 8,20 30,12
blob shade  -30,16 -8,20 4,2 -12,2
"""

CANDLE = """
glow glass  0,84 46,46
blob #ff9b3d  -6,72 0,100 6,72 0,67
blob glass  -3,72 0,88 3,72 0,69
rod ink  0,64 0,70
poly main  -13,2 -13,64 13,64 13,2
oval light  0,64 13,3.4
oval stone  0,2 24,4
"""
