"""Animals that walk, sit or hop."""

DOG = """
line main  15,6 32,10 40,26
blob main  -17,0 -25,14 -19,36 -11,52 11,52 19,36 25,14 17,0
pair blob shade  25,12 19,24 12,16 12,2 19,0
blob light  -9,22 -11,40 0,50 11,40 9,22 0,12
pair blob main  1.5,0 2,26 10,28 12.5,2
pair oval light  7,2.5 6,3.4
oval main  0,70 24,22
pair blob shade  17,88 29,84 33,66 29,50 23,54 20,72
oval light  0,60 13,12
blob pink  -4,54 0,46 4,54 0,56
oval ink  0,66 4.6,3.4
pair oval ink  10,76 2.8,3.4
pair oval spark  10.9,77.3 1,1.1
"""

RABBIT = """
oval light  17,12 8,8
blob main  -16,0 -21,14 -14,34 14,34 21,14 16,0
oval light  0,16 10,13
pair oval light  8,2.5 8,3.5
pair blob main  4,60 5,98 13,100 16,80 14,60
pair blob pink  8,64 8.5,93 12,93 13,78 11,64
oval main  0,52 20,18
pair oval ink  8.5,55 2.6,3.4
pair oval spark  9.4,56.5 0.9,1
poly nose  -2.2,49 2.2,49 0,46.5
pair hair dark  6,46 22,49
pair hair dark  6,44.5 21,41
"""

BEAR = """
blob main  -22,0 -30,18 -22,44 22,44 30,18 22,0
oval light  0,20 15,17
pair oval shade  17,4 12,6
pair blob shade  20,40 34,30 33,16 25,22
pair oval main  22,90 10,10
pair oval pink  22,90 5.5,5.5
oval main  0,68 30,26
oval light  0,58 13,10
oval ink  0,63 5,3.6
pair oval ink  11,73 3,3.6
pair oval spark  12,74.5 1.1,1.2
"""

PANDA = """
blob main  -22,0 -30,18 -22,44 22,44 30,18 22,0
pair oval ink  17,4 12,7
pair blob ink  18,44 34,34 34,16 25,20
pair oval ink  22,90 10,10
oval main  0,68 30,26
pair blob ink  8,64 8,76 15,82 20,72 16,63
oval ink  0,60 5,3.6
pair oval spark  12.5,73 2.6,3
pair oval ink  12.5,73 1.5,1.8
hair ink  -6,52 0,50 6,52
"""

LION = """
line main  16,5 38,8 44,26
oval dark  44,30 5,7
blob main  -18,0 -27,14 -20,36 -10,52 10,52 20,36 27,14 18,0
pair blob shade  26,13 19,25 13,16 13,2 20,0
pair blob main  1.5,0 2,24 10,27 12,0
pair oval light  7,2.2 6,3.2
blob dark  0,104 -20,98 -34,84 -38,64 -32,46 -16,36 0,32 16,36 32,46 38,64 34,84 20,98
blob shade  0,98 -24,88 -31,64 -22,46 0,38 22,46 31,64 24,88
pair oval main  18,84 7,7
oval main  0,66 22,20
pair oval light  5,57 7,6
poly nose  -3.6,64 3.6,64 0,59.5
pair oval ink  9,71 2.8,3.6
pair oval spark  9.9,72.4 1,1.1
"""

HORSE = """
line dark  40,62 54,52 52,26
poly shade  -22,0 -14,0 -12,40 -26,44
poly shade  24,0 32,0 36,44 20,44
poly main  -34,0 -26,0 -20,46 -36,48
poly main  34,0 42,0 44,48 28,48
blob main  -40,44 -38,62 -10,66 30,68 46,58 42,42 10,36 -24,36
blob main  -40,46 -54,78 -46,96 -32,90 -24,74 -14,56
blob main  -44,94 -68,78 -75,68 -66,62 -46,72 -34,86
poly main  -46,92 -44,106 -36,94
line dark  -37,98 -24,82 -16,66
oval ink  -54,84 2,2.4
oval dark  -70,69 1.6,1.6
"""

UNICORN = (
    HORSE.replace("line dark", "line #c58be8")
    + """
poly glass  -52,94 -66,122 -46,96
"""
)

ELEPHANT = """
hair dark  52,58 64,36
poly shade  -22,0 -8,0 -8,36 -22,36
poly shade  18,0 32,0 32,36 18,36
poly main  -40,0 -25,0 -20,40 -42,40
poly main  36,0 51,0 54,44 32,40
blob main  -42,40 -42,72 -10,88 30,86 56,66 54,40 30,28 -20,28
blob main  -36,50 -68,52 -78,74 -64,94 -40,92 -28,74
line main  -70,62 -80,40 -80,18 -90,8
poly cap  -64,52 -72,44 -90,42 -70,60
blob shade  -36,88 -20,90 -12,66 -26,46 -42,54 -44,76
oval ink  -62,76 2.4,2.8
"""

COW = """
line shade  46,60 56,44 54,24
poly shade  -22,0 -12,0 -12,38 -24,38
poly shade  20,0 30,0 30,38 18,38
poly cap  -36,0 -26,0 -22,40 -38,40
poly cap  34,0 44,0 46,40 30,40
blob cap  -42,34 -42,62 -10,68 34,68 50,58 48,36 10,28
blob main  -20,66 -24,48 -8,40 4,54 0,66
blob main  20,66 16,52 32,44 44,56 38,66
oval pink  20,31 10,6
blob cap  -40,50 -58,54 -66,76 -56,88 -36,84 -30,66
oval pink  -62,60 9,10
poly stone  -58,86 -66,98 -52,90
poly stone  -42,86 -36,98 -48,90
oval ink  -54,76 2.4,3
"""

FROG = """
pair blob shade  18,0 44,2 46,16 34,34 20,26
blob main  -30,4 -36,30 -24,54 24,54 36,30 30,4
oval light  0,20 20,17
pair blob main  8,0 26,0 24,6 14,26 6,22
oval main  0,62 34,26
pair oval main  20,86 13,14
pair oval cap  20,88 8.5,9
pair oval ink  20,88 3.8,6
hair ink  -22,56 -10,48 10,48 22,56
pair oval pink  26,57 5,3.4
"""

DRAGON = """
line main  14,6 40,4 54,16 60,30
poly roof  55,26 72,40 56,44
pair poly shade  10,48 58,98 68,62 50,60 46,42 28,46
pair hair dark  12,48 56,92
blob main  -18,0 -26,14 -18,40 -10,58 10,58 18,40 26,14 18,0
blob glass  -9,4 -12,28 -6,52 6,52 12,28 9,4
pair blob main  4,0 6,16 14,18 19,2
pair poly glass  9,88 22,110 19,84
blob main  -20,62 -22,80 -10,93 10,93 22,80 20,62 0,52
oval light  0,61 15,9
pair oval cap  10,78 5.4,6.4
pair oval ink  10,77 2.2,4.8
pair oval dark  5,63 1.8,1.8
"""
