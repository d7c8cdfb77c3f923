"""People, robots and other figures. `skin` and `locks` are chosen for each picture."""

PERSON = """
pair poly #2f3550  2,0 12,0 11,42 1,44
pair oval ink  9,1 8,3
pair line shade  17,72 26,58 24,44
pair oval skin  24,41 4.4,4.4
blob main  -16,38 -19,68 -12,79 12,79 19,68 16,38
poly skin  -4,76 4,76 4,82 -4,82
oval skin  0,89 10.5,12
blob locks  -12,90 -11,102 0,106 11,102 12,90 6,97 -6,97
pair oval ink  4,89 1.2,1.6
hair nose  -3.4,84.4 0,83 3.4,84.4
"""

FISHER = (
    PERSON
    + """
blob glass  -17,97 -10,99 -9,108 0,112 9,108 10,99 17,97 0,94
blob #c9ced6  -4,84 -8,76 0,72 8,76 4,84 0,82
hair bark  -24,44 -44,52 -62,44
hair bark  -24,44 -44,38 -62,44
hair stone  -26,46 -50,2 -24,8
hair stone  24,46 50,2 0,10
hair stone  -30,40 -10,16 24,40
hair stone  -34,32 0,6 34,32
hair stone  -40,20 0,-2 40,20
hair stone  -10,36 14,2
hair stone  10,36 -14,2
"""
)

WIZARD = """
blob main  -26,0 -18,40 -11,76 11,76 18,40 26,0
pair line shade  15,68 28,60 32,52
rod bark  34,0 34,86
oval #6ef0ff  34,90 5,5
glow #6ef0ff  34,90 24,24
oval skin  0,82 11,12
blob cap  -11,80 -8,58 0,46 8,58 11,80 0,74
pair oval ink  4,85 1.2,1.5
blob main  -22,91 0,88 22,91 0,96
poly main  -13,92 13,92 4,126
poly glass  -3,106 3,106 0,112
"""

ASTRONAUT = """
poly shade  -22,36 -22,72 22,72 22,36
pair blob main  2,0 16,0 15,38 1,40
pair oval shade  9,2 9,4
blob main  -17,34 -20,66 -10,76 10,76 20,66 17,34
pair line main  18,66 30,54 29,42
pair oval shade  29,38 5.4,5.4
poly stone  -8,46 -8,58 8,58 8,46
oval #e8574a  -4,52 2,2
oval #57c08a  4,52 2,2
oval main  0,86 19,18
oval #27406f  0,86 14,12.5
oval #7fb4e8  -5,90 4,3
"""

ROBOT = """
pair poly dark  5,0 16,0 15,22 7,22
pair oval shade  11,2 9,4
pair line shade  26,52 38,42 37,28
pair oval dark  37,25 5.4,5.4
poly main  -25,20 -25,57 25,57 25,20
poly shade  25,20 25,57 17,57 17,20
poly light  -14,28 -14,46 14,46 14,28
oval #e8574a  -7,37 3,3
oval glass  1,37 3,3
oval #57c08a  9,37 3,3
poly dark  -5,56 5,56 5,61 -5,61
poly main  -22,60 -22,88 22,88 22,60
pair poly shade  22,68 27,68 27,80 22,80
poly ink  -16,67 -16,83 16,83 16,67
pair oval #6ef0ff  7.5,76 4,4.8
hair #6ef0ff  -6,70 0,69 6,70
rod dark  0,88 0,97
oval #e8574a  0,98 3.4,3.4
"""

ALIEN = """
pair poly shade  2,0 8,0 7,26 2,26
pair line main  8,40 20,34 24,22
blob main  -10,22 -12,44 12,44 10,22
blob main  0,40 -24,58 -30,78 -16,96 0,100 16,96 30,78 24,58
pair blob ink  5,62 9,80 21,80 18,66
pair oval spark  14,77 2,2
hair dark  -5,51 0,49 5,51
"""

GHOST = """
blob main  -30,2 -26,56 -16,90 0,98 16,90 26,56 30,2 20,10 10,0 0,9 -10,0 -20,10
pair oval ink  10,64 4.4,6.4
oval ink  0,48 4,5
pair oval pink  17,54 4.4,3
"""

SNOWMAN = """
oval cap  0,20 27,22
oval cap  0,54 20,18
oval cap  0,80 15,14
rod bark  -17,58 -40,70
rod bark  17,58 40,70
oval ink  0,48 1.8,1.8
oval ink  0,57 1.8,1.8
pair oval ink  5,83 1.8,2
poly #ef8432  0,80 0,76 16,77
poly main  -15,66 15,66 16,71 -16,71
poly main  8,68 14,68 16,48 10,48
poly ink  -17,91 17,91 17,94 -17,94
poly ink  -11,93 -11,108 11,108 11,93
"""

PORTRAIT = """
blob locks  -25,40 -29,70 -20,94 0,100 20,94 29,70 25,40 0,36
blob main  -54,-2 -47,24 -20,35 20,35 47,24 54,-2
poly skin  -9,28 9,28 9,46 -9,46
blob skin  -12,36 0,28 12,36 0,40
oval skin  0,64 21,27
blob locks  -23,66 -20,90 0,98 20,90 23,66 14,82 -6,86
pair oval cap  8.5,65 4.8,3.2
pair oval ink  8.5,65 2.4,2.7
pair oval spark  9.3,66 0.8,0.8
pair hair locks  4,71.5 9,73 14,71
hair nose  0,64 -2.4,57 1.5,56
blob nose  -7,49.5 0,51 7,49.5 0,46.5
pair oval pink  14,56 4.4,2.8
"""
