"""Vehicles on the road and in the air."""

CAR = """
blob main  -70,12 -73,30 -52,38 -36,41 -20,62 24,62 46,41 68,35 73,14 60,9
poly #bfe3f2  -27,41 -16,57 0,57 0,41
poly #bfe3f2  4,41 4,57 20,57 34,41
poly shade  -72,18 73,18 68,10 -68,10
oval ink  -40,11 14.5,14.5
oval ink  40,11 14.5,14.5
oval stone  -40,11 7,7
oval stone  40,11 7,7
oval glass  -69,28 4,4.6
oval #e8574a  70,28 3,4.6
rod dark  8,36 16,36
"""

BUS = """
poly main  -70,10 -70,84 70,84 70,10
poly shade  -70,10 -70,26 70,26 70,10
poly cap  -70,34 -70,38 70,38 70,34
poly #bfe3f2  -62,46 -62,76 -38,76 -38,46
poly #bfe3f2  -32,46 -32,76 -8,76 -8,46
poly #bfe3f2  -2,46 -2,76 22,76 22,46
poly dark  32,12 32,78 60,78 60,12
poly #bfe3f2  35,44 35,75 57,75 57,44
oval ink  -42,11 13,13
oval ink  16,11 13,13
oval stone  -42,11 6,6
oval stone  16,11 6,6
oval glass  -69,20 3,4
"""

TRAIN = """
poly main  -66,14 -66,86 -18,86 -18,14
poly dark  -72,84 -72,92 -12,92 -12,84
poly #bfe3f2  -58,52 -58,78 -28,78 -28,52
blob shade  -20,18 -20,58 50,60 58,40 50,18
poly dark  26,58 22,86 42,86 38,58
oval cap  34,96 12,9
oval cap  22,110 15,11
poly #e8574a  56,8 78,8 60,28
oval ink  -48,12 14,14
oval ink  -10,12 14,14
oval ink  30,12 14,14
oval stone  -48,12 6,6
oval stone  -10,12 6,6
oval stone  30,12 6,6
rod glass  -48,12 30,12
oval glass  57,44 5,6
"""

BICYCLE = """
ring ink  -36,24 24,24
ring ink  36,24 24,24
rod main  -36,24 -16,62
rod main  -16,62 20,62
rod main  20,62 -4,24
rod main  -4,24 -36,24
rod main  -4,24 -19,70
rod main  36,24 18,72
rod dark  18,72 4,80
rod dark  18,72 30,78
blob dark  -32,72 -8,72 -12,78 -30,78
oval stone  -4,24 6,6
"""

ROCKET = """
glow #ffb45a  0,-12 40,40
blob #ff9b3d  -9,2 -11,-12 0,-32 11,-12 9,2
blob glass  -4,2 -5,-10 0,-20 5,-10 4,2
pair blob roof  11,34 30,8 27,-4 11,8
blob main  -13,4 -17,40 -11,74 0,100 11,74 17,40 13,4
blob roof  -11,76 0,101 11,76 0,72
oval dark  0,56 9,9
oval #9fd3f0  0,56 6.4,6.4
poly roof  -13,6 13,6 14,14 -14,14
"""

PLANE = """
poly shade  -4,30 30,66 44,66 22,30
poly roof  54,34 72,66 86,66 78,32
blob main  -74,26 -62,38 -20,43 44,40 84,32 50,20 -40,16
poly shade  -14,26 26,-6 42,-4 18,28
oval #9fd3f0  -58,33 7,3.6
oval #9fd3f0  -34,32 3,3.4
oval #9fd3f0  -20,32 3,3.4
oval #9fd3f0  -6,32 3,3.4
oval #9fd3f0  8,32 3,3.4
oval #9fd3f0  22,32 3,3.4
"""

UFO = """
poly glass  -18,30 18,30 42,-30 -42,-30
oval #bfe8fa  0,58 22,24
oval main  0,44 62,17
oval shade  0,38 44,9
oval glass  -36,42 5,4
oval #e8574a  -12,38 5,4
oval #57c08a  12,38 5,4
oval glass  36,42 5,4
"""
