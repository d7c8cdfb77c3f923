"""The motifs that came first."""

FOX = """
blob main  6,2 30,-1 54,8 62,27 55,44 47,55 41,42 36,27 20,20
blob light  60.5,30 55,44 47,55 41,42 47,38.5 52,35
blob main  -17,0 -25,12 -20,32 -11,52 11,52 20,32 25,12 17,0
pair blob shade  25,11 19,24 12,16 12,2 19,0
blob light  -10,26 -12,44 0,52 12,44 10,26 0,15
pair blob main  1.5,2 2,26 10,30 12.5,2
pair blob dark  1,0 1.5,10 7,12 12.5,10 13.5,0 7,-1.2
pair poly main  22,70 24.5,100 4,83
pair poly dark  20,76 22.2,93 10,83
blob main  0,43 -13,50 -29,60 -22,75 -10,84 10,84 22,75 29,60 13,50
pair blob light  0,44 13,50 28,60 19,64.5 9,62 3,55
blob light  0,43 -6,48 0,54 6,48
pair oval ink  10.5,67.5 2.7,3.4
pair oval spark  11.3,68.7 0.9,1.1
oval ink  0,46.2 3.7,2.7
"""

CAT = """
line main  16,5 36,4 46,16 44,34 50,46
blob main  -18,0 -27,14 -20,36 -10,52 10,52 20,36 27,14 18,0
pair blob shade  26,13 19,25 13,16 13,2 20,0
blob light  -8,20 -10,40 0,50 10,40 8,20 0,12
pair blob main  1.5,0 2,24 10,27 12,0
pair oval light  7,2.2 6,3.2
pair poly main  23.5,70 22,96.5 4,85
pair poly pink  20,76 19.5,90.5 9,84
oval main  0,66 26,20.5
poly shade  -3,86.6 3,86.6 0,77
pair poly shade  6,86 11,84.5 6.5,78
pair oval light  4.5,58.5 6.5,5.2
pair oval eye  11.5,68 4.2,4.7
pair oval ink  11.5,68 1.7,4
pair oval spark  12.4,69.8 1,1.2
poly nose  -2.4,62.5 2.4,62.5 0,59.8
pair hair spark  10,59.5 33,63
pair hair spark  10,57.5 32,56.5
"""

HOUSE = """
poly stone  20,62 20,100 32,100 32,50
poly cap  18,98 18,103 34,103 34,98
poly main  -50,-2 -50,50 50,50 50,-2
poly main  -50,50 0,88 50,50
poly shade  50,-2 50,50 36,50 36,-2
poly roof  -64,42 0,96 64,42 58,36 0,83 -58,36
poly dark  -10,-2 -10,30 10,30 10,-2
oval glass  6,13 1.4,1.4
pair poly cap  19,16 19,38 40,38 40,16
pair poly glass  21,18 21,36 28.5,36 28.5,18
pair poly glass  30.5,18 30.5,36 38,36 38,18
oval glass  0,60 7,7
"""

TREE = """
blob bark  -9,-2 -5,15 -4.5,50 4.5,50 5,15 9,-2
oval shade  -20,50 19,15
oval shade  22,50 19,15
oval main  -17,62 22,18
oval main  18,63 21,18
oval main  0,76 25,22
oval tip  -9,85 13,9
oval tip  15,72 9,6
"""

BOAT = """
poly bark  -2,14 -2,100 1.5,100 1.5,14
blob cap  3,24 3,96 22,62 42,26 20,21
blob main  -4,24 -4,82 -16,52 -30,27 -15,22
poly bark  -44,16 46,16 32,-4 -30,-4
poly shade  -44,16 46,16 43,11 -40,11
"""

BALLOON = """
hair bark  -14,38 -6,12
hair bark  14,38 6,12
blob main  0,100 -28,90 -36,68 -24,46 -10,33 10,33 24,46 36,68 28,90
pair blob light  8,98.5 20,86 23.5,67 17,47 10,35 5,34 9,50 12,68 10,86
blob bark  -7,0 -8,12 8,12 7,0
"""

FLOWER = """
line stem  0,0 3,30 0,68
blob stem  2,20 16,26 30,42 14,38
pair oval main  15,84 12,10
oval main  0,95 10,12
pair oval main  9,70 11,11
oval glass  0,81 8.5,8.5
"""
