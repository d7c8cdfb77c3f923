"""Plants, and what hangs in the sky."""

MUSHROOM = """
blob cap  -12,-2 -14,20 -10,52 10,52 14,20 12,-2
oval #e8dcc4  0,50 38,9
blob main  -48,48 -40,78 0,98 40,78 48,48 0,54
oval cap  -20,72 8,7
oval cap  10,84 8,6
oval cap  24,64 7,6
oval cap  -2,62 5,4
"""

CACTUS = """
line main  -14,40 -30,42 -30,66
line main  14,30 30,32 30,58
blob main  -15,-2 -14,80 0,100 14,80 15,-2
hair light  -5,4 -5,88
hair light  5,4 5,88
oval pink  0,101 6,5
"""

PALM = """
rod bark  0,0 4,34 2,70
line bark  -2,-2 3,34 1,70
blob main  0,70 -24,86 -48,66 -26,76
blob main  0,70 24,86 48,66 26,76
blob tip  0,70 -18,98 -40,92 -16,86
blob tip  0,70 18,98 40,92 16,86
blob shade  0,70 -24,66 -38,44 -18,58
blob shade  0,70 24,66 38,44 18,58
oval dark  -4,68 5,5
oval dark  5,66 5,5
"""

PUMPKIN = """
rod stem  0,66 6,86
oval shade  -26,34 24,32
oval shade  26,34 24,32
oval main  -12,34 20,35
oval main  12,34 20,35
oval light  0,36 4,28
pair poly dark  7,42 21,42 14,54
blob dark  -26,26 -10,20 10,20 26,26 12,12 -12,12
"""

PINE = """
poly bark  -5,-2 5,-2 4,20 -4,20
poly main  -34,14 34,14 0,62
poly shade  4,14 34,14 0,62
poly main  -27,38 27,38 0,82
poly shade  4,38 27,38 0,82
poly main  -19,60 19,60 0,102
poly shade  3,60 19,60 0,102
"""

SUN = """
glow main  0,50 90,90
oval main  0,50 40,40
oval tip  0,50 32,32
"""

MOON = """
glow main  0,50 90,90
oval main  0,50 46,46
oval shade  -16,60 9,9
oval shade  14,38 12,12
oval shade  16,68 6,6
oval shade  -10,28 5,5
"""

PLANET = """
oval main  0,50 36,36
blob light  -34,58 0,64 34,58 34,50 0,55 -34,50
blob shade  -32,36 0,42 32,36 26,26 0,30 -26,26
hoop tip  0,50 62,13
blob main  -35,54 -30,72 0,86 30,72 35,54 0,62
"""

CLOUD = """
oval main  -28,30 26,24
oval main  26,28 28,22
oval main  0,46 30,28
poly main  -44,8 44,8 52,24 -52,24
"""

LEAF = """
blob main  0,0 -28,30 -26,70 0,100 26,70 28,30
rod shade  0,-10 0,90
hair light  0,30 18,48
hair light  0,30 -18,48
hair light  0,54 15,70
hair light  0,54 -15,70
"""
