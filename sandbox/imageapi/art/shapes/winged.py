"""Animals that fly, swim or live by the water."""

OWL = """
blob main  -20,2 -28,30 -26,66 -18,86 18,86 26,66 28,30 20,2
pair poly main  6,82 25,80 25,100
blob light  -14,6 -17,30 -10,50 10,50 17,30 14,6
pair blob shade  18,10 29,30 27,60 21,50
pair oval cap  10.5,68 11.5,12
pair oval glass  10.5,68 8,8.5
pair oval ink  10.5,68 4.6,5
pair oval spark  12,70.5 1.5,1.6
poly nose  -4,62 4,62 0,53
pair poly glass  5,3 14,3 9,-2
"""

BIRD = """
rod dark  0,-2 2,26
rod dark  12,-2 10,26
poly shade  -38,46 -72,56 -68,40 -36,34
blob main  -46,42 -28,26 6,20 26,36 32,62 14,76 -6,64 -28,50
oval main  20,74 18,17
poly glass  34,80 34,68 54,73
blob light  8,26 24,40 28,58 16,52 4,36
blob shade  -42,44 -20,32 8,36 12,54 -8,58
oval cap  24,78 4.4,4.6
oval ink  25,78 2.6,2.9
oval spark  26,79 0.9,1
"""

PENGUIN = """
pair oval glass  10,2 9,3.5
blob main  -18,3 -26,30 -22,60 -20,84 0,100 20,84 22,60 26,30 18,3
blob cap  -13,5 -17,30 -12,58 12,58 17,30 13,5
pair blob shade  21,62 37,40 33,24 24,34
pair oval cap  8,76 8.5,10.5
pair oval ink  7.5,78 2.6,3.2
poly glass  -5,71 5,71 0,62
"""

DUCK = """
poly glass  -8,0 8,0 2,8
blob main  -40,20 -54,44 -30,40 0,44 20,40 34,30 28,10 0,4 -26,6
oval main  22,62 20,19
blob main  8,40 10,58 34,56 34,34
blob #ef8432  36,64 60,60 58,52 38,52
blob shade  -32,30 -8,40 10,28 -8,16
oval ink  27,66 2.8,3.4
oval spark  28,67 0.9,1
"""

BUTTERFLY = """
pair blob shade  2,48 30,44 46,24 32,2 12,14
pair blob main  2,50 18,92 46,98 52,66 30,46
pair oval tip  34,78 9,10
pair oval light  29,26 7,7
pair oval light  22,62 5,5
blob ink  -3,10 -3,72 0,80 3,72 3,10
pair hair ink  1,78 14,102
"""

FISH = """
poly shade  34,30 68,58 61,30 68,2
poly shade  -8,54 16,74 28,46
blob main  -52,30 -34,50 -2,58 28,46 44,30 28,14 -2,2 -34,10
blob light  -42,18 -6,8 24,18 4,22
blob light  2,57 10,30 2,3 13,6 21,30 13,54
blob shade  -10,26 8,18 4,36
oval cap  -32,36 7,7
oval ink  -33,36 3.6,3.8
oval spark  -32,38 1.3,1.3
"""

WHALE = """
poly main  46,34 86,66 78,40 94,28 54,22
blob main  -70,30 -60,54 -24,64 16,54 52,38 66,28 40,14 0,2 -44,4 -66,16
blob light  -69,22 -40,13 0,11 36,18 0,3 -44,5 -64,13
blob shade  -14,16 4,-8 20,-6 10,16
oval ink  -48,28 2.8,3.2
rod #bfe8fa  -32,66 -34,82 -48,90
rod #bfe8fa  -32,66 -30,84 -16,92
"""

TURTLE = """
blob skin  52,12 74,2 82,8 60,24
blob skin  24,10 20,-10 34,-12 46,12
blob skin  -50,28 -72,48 -88,47 -94,36 -82,24 -52,16
oval ink  -83,40 2.2,2.8
oval spark  -82.4,41 0.8,0.9
blob shade  -60,14 0,4 66,14 62,24 -56,24
blob main  -60,18 -42,52 0,70 42,54 66,18 0,11
poly tip  -12,59 12,59 20,37 0,26 -20,37
poly tip  -18,57 -37,47 -46,24 -25,35
poly tip  18,57 37,48 48,24 25,35
blob skin  -30,14 -52,-16 -64,-17 -52,8 -22,22
"""

OCTOPUS = """
pair line shade  8,40 26,28 34,8 48,6
pair line main  6,38 16,20 18,4 28,0
pair line main  3,38 6,18 4,2 10,-2
blob main  -24,40 -30,66 -20,92 0,100 20,92 30,66 24,40 0,34
pair oval cap  10,58 7,8
pair oval ink  10,57 3.6,4.6
pair oval spark  11.4,59.5 1.2,1.3
hair dark  -6,46 0,43 6,46
"""
