"""Row stationary: how an Eyeriss-like array computes a convolution, pass by pass; what it reads and writes, how long it takes.

Words and letters are those of Y.-H. Chen, T. Krishna, J. Emer, V. Sze, "Eyeriss: An Energy-Efficient Reconfigurable Accelerator
for Deep Convolutional Neural Networks", IEEE JSSC 52(1), 2017. A *PE set* of R x e PEs computes e rows of an ofmap: each PE
convolves one filter row with one ifmap row, and psums add up along the R PEs of a column. A *processing pass* fills the array
with r x t sets: r with other channels (their psums add up as well), t with other filters. Each PE interleaves p filters and q
channels. n ifmaps go through one pass one after another; m ofmap channels keep their psums in the global buffer (GLB).
"""
