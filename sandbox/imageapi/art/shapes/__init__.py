"""The motifs as data: one shape per line, in the form `[pair] form role x,y …`.

Coordinates are percentages of the motif's height. It stands on y = 0, and y points up. The role is a key of the motif's
colors, or a color such as `#d8402f`. A `pair` is drawn twice, the second time mirrored. An `oval`, a `ring`, a `hoop`
and a `glow` have a center and two radii. A `line`, a `rod` and a `hair` are curves of three widths.
"""
