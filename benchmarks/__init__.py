"""How fast skfcn is, as ratios to its peers and to the bare matrix products.

``python -m benchmarks`` runs it; read `cases` first, then `contenders`. How well and how fast its
estimators for tables are beside others is another command, ``python -m benchmarks tables``.
"""
